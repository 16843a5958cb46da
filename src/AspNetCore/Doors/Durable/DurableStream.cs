using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>A stream as this door shows it.</summary>
internal sealed record DurableStream(StreamState State, DurableContent Content)
{
    public bool IsClosed => State.Status is not StreamStatus.Running;

    /// <summary>Sequence of the last event.</summary>
    public long Last => State.LastEventId.Sequence;
}
