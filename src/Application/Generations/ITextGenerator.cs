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
    ValueTask<Refusal?> ValidateAsync(GenerationRequest request, CancellationToken cancellationToken) => default;

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
