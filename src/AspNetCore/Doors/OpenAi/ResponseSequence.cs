using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>
/// The sequence numbers of a response's frames, which follow from the sequence of an event alone: <c>started</c> is 0 to 3, a segment is
/// its sequence plus 2, and the terminal event has four numbers from there.
/// </summary>
internal static class ResponseSequence
{
    public const int FramesOfStarted = 4;
    public const int FramesOfTerminal = 4;

    private const int Offset = 2;

    /// <summary>The number of the first frame of a segment or a terminal event.</summary>
    public static long GetNumber(long sequence) => sequence + Offset;

    /// <summary>The last number that the frames of a stream have; while it runs, the last one so far.</summary>
    public static long GetLast(StreamState state) =>
        GetNumber(state.LastEventId.Sequence) + (state.Status is StreamStatus.Running ? 0 : FramesOfTerminal - 1);

    /// <summary>The event after which to read, so that all frames after a number come; 0 for the beginning.</summary>
    public static long GetEventBefore(long number, StreamState state) =>
        number < FramesOfStarted - 1 ? 0
        // A number may lie among the frames of the terminal event.
        : state.Status is StreamStatus.Running ? number - Offset : Math.Min(number - Offset, state.LastEventId.Sequence - 1);
}
