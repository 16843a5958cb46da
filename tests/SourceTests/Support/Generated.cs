using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.SourceTests.Support;

/// <summary>Reads a generator to its end, whatever that is.</summary>
internal sealed record Generated(IReadOnlyList<string> Segments, GenerationFinish? Finish, GenerationFailedException? Fault)
{
    public string Passage => string.Concat(Segments);

    public static GenerationRequest Request(string prompt = "Say something.") => new(prompt, SourceOptions.None);

    public static async Task<Generated> ReadAsync(ITextGenerator generator, GenerationRequest? request = null, CancellationToken cancellationToken = default)
    {
        var segments = new List<string>();
        GenerationFinish? finish = null;
        try
        {
            await foreach (var text in generator.GenerateAsync(request ?? Request(), cancellationToken))
            {
                if (text.Text.Length > 0)
                    segments.Add(text.Text);
                finish = text.Finish ?? finish;
            }
            return new Generated(segments, finish, null);
        }
        catch (GenerationFailedException exception)
        {
            return new Generated(segments, finish, exception);
        }
    }

    /// <summary>The same, but no test hangs.</summary>
    public static Task<Generated> ReadInTimeAsync(ITextGenerator generator, GenerationRequest? request = null) =>
        ReadAsync(generator, request).WaitAsync(IntegrationTests.Harness.Eventually.Limit);
}
