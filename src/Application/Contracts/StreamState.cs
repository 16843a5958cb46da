using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <summary>The state of a stream, for every caller that may read it.</summary>
/// <param name="Segments">Segments so far.</param>
/// <param name="Characters">Their length in UTF-16 code units.</param>
/// <param name="Viewers">Open responses now.</param>
/// <param name="LastEventId">The last event that is stored.</param>
/// <param name="Reason">Why it ended: the finish reason, the reason of the stop, or the type of the problem; null while it runs.</param>
public sealed record StreamState(
    StreamId Id,
    string Source,
    StreamStatus Status,
    DateTimeOffset Created,
    long Segments,
    long Characters,
    int Viewers,
    EventId LastEventId,
    string? Reason)
{
    /// <summary>The thread that the stream was started with.</summary>
    public string? Thread { get; init; }

    /// <summary>The properties that the stream was started with.</summary>
    public string? Properties { get; init; }

    /// <summary>The JSON of the terminal event; null while the stream runs, and if the event is no longer kept.</summary>
    public string? EndData { get; init; }

    /// <summary>How long the stream is kept without an append or a read; null: it has no time of its own.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>When the stream is dropped; null: it has no time of its own.</summary>
    public DateTimeOffset? Expires { get; init; }
}
