using SseStreaming.Domain;

namespace SseStreaming.Application.Storage;

/// <summary>The facts about a stream that are fixed when it is created.</summary>
public sealed record StreamHead(StreamId Id, string Source, DateTimeOffset Created)
{
    /// <summary>The subject that owns the stream; null if it was started without authentication, or is shared.</summary>
    public string? Owner { get; init; }

    /// <summary>True if requests with equal options share the stream: every authenticated caller may read it.</summary>
    public bool IsShared { get; init; }

    /// <summary>Lets a retried start join this stream.</summary>
    public Idempotency? Idempotency { get; init; }
}
