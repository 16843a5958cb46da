using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.SourceTests.Own;

// <sample>
internal sealed class Countdown(SourceSettings settings, TimeProvider time) : ITextGenerator
{
    private readonly TimeSpan _pause = settings.Configuration.GetValue("Pause", TimeSpan.FromMilliseconds(100));

    public SourceDescription Source { get; } = new(settings.Name, "Counts down.")
    {
        Options =
        [
            new("from", OptionType.Integer, "The first number.") { Minimum = 1, Maximum = 1000, Default = 10 },
            new("step", OptionType.Number, "The difference of two numbers.") { Minimum = 0, Default = 1 },
            new("greet", OptionType.Boolean, "Begins with the caller.") { Default = false },
        ],
    };

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.Options.Boolean("greet"))
            yield return $"{request.Subject ?? "You"}: ";
        for (double number = request.Options.Integer("from"); number > 0; number -= Math.Max(request.Options.Number("step"), 0.1))
        {
            await Task.Delay(_pause, time, cancellationToken);
            yield return FormattableString.Invariant($"{number} ");
        }
    }
}
// </sample>
