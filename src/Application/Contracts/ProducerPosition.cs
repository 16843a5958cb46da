namespace SseStreaming.Application.Contracts;

/// <summary>The position of an append among those of one producer.</summary>
/// <param name="Id">The name that the producer gave itself.</param>
/// <param name="Epoch">The run of the producer: a higher one fences all lower ones.</param>
/// <param name="Sequence">Counts the appends of an epoch from 0, without a gap.</param>
public sealed record ProducerPosition(string Id, long Epoch, long Sequence)
{
    /// <summary>Characters of an id, at most.</summary>
    public const int MaxIdCharacters = 256;
}
