using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.SourceTests.Testing;

/// <summary>The output of a generator up to its end or its failure.</summary>
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

    /// <summary>Fails if the generator does not end in time.</summary>
    public static Task<Generated> ReadInTimeAsync(ITextGenerator generator, GenerationRequest? request = null) =>
        ReadAsync(generator, request).WaitAsync(Eventually.Limit);
}
