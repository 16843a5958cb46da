using System.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Storage;

/// <summary>The facts about a stream that are set when it is created.</summary>
public sealed record StreamHead(StreamId Id, string Source, DateTimeOffset Created)
{
    /// <summary>The subject that owns the stream; null if it was started without authentication, or is shared.</summary>
    public string? Owner { get; init; }

    /// <summary>True if requests with equal options share the stream: every authenticated caller may read it.</summary>
    public bool IsShared { get; init; }

    /// <summary>The name by which a client finds the last of its streams that belong together; null for none.</summary>
    public string? Thread { get; init; }

    /// <summary>JSON that is kept with the stream; the store does not read it.</summary>
    public string? Properties { get; init; }

    /// <summary>Length of the properties in UTF-8.</summary>
    public int PropertiesSize => Properties is null ? 0 : Encoding.UTF8.GetByteCount(Properties);

    /// <summary>Lets a retried start join this stream, or finds it by its name.</summary>
    public Idempotency? Idempotency { get; init; }

    /// <summary>How long the stream is kept without an append or a read; null: it is kept for the retention, or has a fixed time.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>When the stream is dropped, open or closed; null: it is kept for the retention. With a time to live it moves.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>True if the stream is to be dropped: it is unknown from then on.</summary>
    public bool HasExpired(DateTimeOffset now) => Expires <= now;
}
