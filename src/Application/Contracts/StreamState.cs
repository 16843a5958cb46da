using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
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

    /// <param name="head">The facts of the stream.</param>
    /// <param name="last">Sequence of its last event.</param>
    /// <param name="segments">Segments so far.</param>
    /// <param name="characters">Their length in UTF-16 code units.</param>
    /// <param name="status">Whether it runs, and how it ended.</param>
    /// <param name="terminal">Its terminal event; null while it runs, and if it is no longer kept.</param>
    /// <param name="viewers">Open responses now.</param>
    internal static StreamState Create(
        StreamHead head, long last, long segments, long characters, StreamStatus status, StreamEvent? terminal, int viewers)
    {
        var reason = terminal is { } end ? EventData.ReadReason(end) : null;
        return new StreamState(head.Id, head.Source, status, head.Created, segments, characters, viewers, new EventId(head.Id, last), reason)
        {
            Thread = head.Thread,
            Properties = head.Properties,
            EndData = terminal is { } ended ? Encoding.UTF8.GetString(ended.Data.Span) : null,
            TimeToLive = head.TimeToLive,
            Expires = head.Expires,
        };
    }
}
