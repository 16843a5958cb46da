using SseStreaming.Application.Sources;

namespace SseStreaming.Infrastructure.Generators.Pacing;

internal static class PaceOption
{
    public const string Name = "pace";

    public static SourceOption Create(long milliseconds) =>
        new(Name, OptionType.Integer, "Milliseconds between two segments; 0 means no pause.")
        {
            Minimum = 0,
            Maximum = 60_000,
            Default = milliseconds,
        };

    public static bool IsNone(SourceOptions options) => options.Integer(Name) == 0;

    public static Pace Begin(this PacingQueue queue, SourceOptions options, CancellationToken cancellationToken) =>
        queue.Begin(TimeSpan.FromMilliseconds(options.Integer(Name)), cancellationToken);
}
