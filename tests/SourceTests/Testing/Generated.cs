using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;

namespace SseStreaming.SourceTests.Testing;

/// <summary>The output of a generator up to its end or its failure.</summary>
internal sealed record Generated(
    IReadOnlyList<string> Segments, IReadOnlyList<string> Checkpoints, GenerationFinish? Finish, GenerationFailedException? Fault)
{
    public string Passage => string.Concat(Segments);

    public static GenerationRequest Request(string prompt = "Say something.") => new(prompt, SourceOptions.None);

    public static Task<Generated> ReadAsync(ITextGenerator generator, GenerationRequest? request = null, CancellationToken cancellationToken = default) =>
        ReadAsync(generator.GenerateAsync(request ?? Request(), cancellationToken));

    /// <summary>Fails if the generator does not end in time.</summary>
    public static Task<Generated> ReadInTimeAsync(ITextGenerator generator, GenerationRequest? request = null) =>
        ReadAsync(generator, request).WaitAsync(Eventually.Limit);

    /// <summary>Continues after a text. Fails if the generator does not end in time.</summary>
    public static Task<Generated> ContinueInTimeAsync(
        IResumableGenerator generator, string textSoFar, string checkpoint = "{}", GenerationRequest? request = null) =>
        ReadAsync(generator.ContinueAsync(
            request ?? Request(),
            new ContinuationPoint(checkpoint, textSoFar.Length, DateTimeOffset.UnixEpoch) { ReadTextAsync = _ => new(textSoFar) },
            CancellationToken.None)).WaitAsync(Eventually.Limit);

    private static async Task<Generated> ReadAsync(IAsyncEnumerable<GeneratedText> texts)
    {
        var segments = new List<string>();
        var checkpoints = new List<string>();
        GenerationFinish? finish = null;
        GenerationFailedException? fault = null;
        try
        {
            await foreach (var text in texts)
            {
                if (text.Text.Length > 0)
                    segments.Add(text.Text);
                if (text.Checkpoint is { } checkpoint)
                    checkpoints.Add(checkpoint);
                finish = text.Finish ?? finish;
            }
        }
        catch (GenerationFailedException exception)
        {
            fault = exception;
        }
        return new Generated(segments, checkpoints, finish, fault);
    }
}
