using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <param name="Outcome">What became of the append.</param>
/// <param name="LastEventId">The last event of the stream; after <see cref="AppendOutcome.Appended"/> the last one of this append.</param>
/// <param name="IsClosed">True if the stream has ended.</param>
public sealed record AppendReceipt(AppendOutcome Outcome, EventId LastEventId, bool IsClosed)
{
    /// <summary>The current epoch of the producer, and its last sequence; null without a producer that is known.</summary>
    public ProducerPosition? Producer { get; init; }

    /// <summary>The sequence that would have been appended, after <see cref="AppendOutcome.Gap"/>.</summary>
    public long? ExpectedSequence { get; init; }

    /// <summary>The sequence that was sent, after <see cref="AppendOutcome.Gap"/>.</summary>
    public long? ReceivedSequence { get; init; }
}
