using SseStreaming.Domain;

namespace SseStreaming.Application.Storage;

/// <summary>What is known of a stream when it is created, and does not change.</summary>
public sealed record StreamHead(StreamId Id, string Source, DateTimeOffset Created)
{
    /// <summary>The subject whose stream it is; null if it is nobody's, as nobody had to say who they are, or as it is shared.</summary>
    public string? Owner { get; init; }

    /// <summary>True if one generation serves everyone who asks for the same: all of them may read it.</summary>
    public bool IsShared { get; init; }

    /// <summary>What makes a retried start join this stream.</summary>
    public Idempotency? Idempotency { get; init; }
}
