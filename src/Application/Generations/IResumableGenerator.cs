namespace SseStreaming.Application.Generations;

/// <summary>A generator that can continue an interrupted generation, on another node or in the next process.</summary>
public interface IResumableGenerator : ITextGenerator
{
    /// <summary>When an interrupted generation may be continued.</summary>
    ContinuationMode Continuation { get; }

    /// <summary>
    /// Writes the text after what was generated before the interruption. A generator whose text depends only on the request and
    /// the checkpoint may set checkpoints rarely, and repeat its text from there without the part before the point.
    /// </summary>
    /// <param name="request">The request that started the generation.</param>
    /// <param name="point">Where the generation was interrupted.</param>
    /// <param name="cancellationToken">Cancelled when the generation is stopped.</param>
    /// <exception cref="GenerationFailedException">The generation can't be continued.</exception>
    IAsyncEnumerable<GeneratedText> ContinueAsync(GenerationRequest request, ContinuationPoint point, CancellationToken cancellationToken);
}
