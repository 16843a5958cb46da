using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Generations;

/// <summary>Generates the text of one source. It is registered once; each call of <see cref="GenerateAsync"/> is a generation.</summary>
public interface ITextGenerator
{
    /// <summary>The source that a request names, and its options.</summary>
    SourceDescription Source { get; }

    /// <summary>
    /// Validates what the description can't express, such as that a file exists, before anything is stored. The options are already
    /// validated against the description.
    /// </summary>
    ValueTask<Refusal?> ValidateAsync(GenerationRequest request, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Checks whether the source can be used: null if so, else the reason in a few words for everyone. It is called often, so it must be
    /// fast and cause no costs.
    /// </summary>
    ValueTask<string?> ProbeAsync(CancellationToken cancellationToken) => default;

    /// <summary>
    /// Generates the text. It must not block a thread; the text may be cut anywhere, even inside a grapheme. An exception ends the
    /// generation as failed: a <see cref="GenerationFailedException"/> with its own texts, any other without details.
    /// </summary>
    /// <param name="request">The validated request, with the defaults of the source.</param>
    /// <param name="cancellationToken">Cancelled when the generation is stopped; its text is no longer read then.</param>
    IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken);
}
