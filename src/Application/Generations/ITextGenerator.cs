using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>One source of text. Registered once; each call of <see cref="GenerateAsync"/> is a generation.</summary>
public interface ITextGenerator
{
    /// <summary>The source's name, and what it takes.</summary>
    SourceDescription Source { get; }

    /// <summary>
    /// Checks what the description can't say (that a file exists, say), before anything is stored. Options are already checked
    /// against the description.
    /// </summary>
    ValueTask<Refusal?> CheckAsync(GenerationRequest request, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Whether the source can be used: null if so, else why not in a few words that anybody may read. Light and quick, for it is
    /// asked often; it must cost nothing.
    /// </summary>
    ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => default;

    /// <summary>
    /// Writes the text. It must not block a thread; text may be cut anywhere, also inside a grapheme. An exception ends the
    /// generation as failed: a <see cref="GenerationFailedException"/> with its own words, any other without details.
    /// </summary>
    /// <param name="request">What was asked for, complete with defaults.</param>
    /// <param name="cancellationToken">Cancelled when the generation is stopped; nobody reads on then.</param>
    IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken);
}

/// <summary>A piece of generated text, and, with the last one, how it came to its end.</summary>
/// <param name="Text">May be empty, which says nothing.</param>
/// <param name="Finish">Null but for the last piece; a generation that never says has finished with <c>stop</c>.</param>
public readonly record struct GeneratedText(string Text, GenerationFinish? Finish = null)
{
    public static implicit operator GeneratedText(string text) => FromString(text);

    public static GeneratedText FromString(string text) => new(text);
}

/// <param name="Reason"><c>stop</c> for a normal end, <c>length</c> for a cut by a length limit, or the source's own word.</param>
public sealed record GenerationFinish(string Reason)
{
    public static GenerationFinish Stop { get; } = new("stop");

    /// <summary>What the generation cost, if its source says so.</summary>
    public GenerationUsage? Usage { get; init; }
}

/// <summary>What a model counted, in its own tokens.</summary>
public sealed record GenerationUsage(long InputTokens, long OutputTokens, long TotalTokens);

/// <summary>A fault whose words are meant for viewers: they hold no secret, no prompt and no generated text.</summary>
public sealed class GenerationFailedException : Exception
{
    /// <param name="problemType">URI of the kind of problem; see <see cref="ProblemTypes"/>.</param>
    /// <param name="title">The kind in a few words.</param>
    /// <param name="detail">This case in a sentence.</param>
    /// <param name="innerException">What was caught, for the log.</param>
    public GenerationFailedException(string problemType, string title, string detail, Exception? innerException = null)
        : base(title, innerException)
    {
        ProblemType = problemType;
        Title = title;
        Detail = detail;
    }

    public string ProblemType { get; }

    public string Title { get; }

    public string Detail { get; }
}
