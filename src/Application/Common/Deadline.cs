namespace SseStreaming.Application.Common;

/// <summary>Something that a <see cref="DeadlineQueue"/> has to call at a time.</summary>
internal abstract class Deadline
{
    /// <summary>Stands for a deadline that never comes.</summary>
    protected const long Never = long.MaxValue;

    /// <summary>Timestamp of the next call.</summary>
    internal long Due { get; set; }

    /// <summary>Index in the queue; -1 outside of it.</summary>
    internal int QueueIndex { get; set; } = -1;

    /// <summary>Called when it is due, within the lock of the queue: it must return at once, and must not use the queue.</summary>
    /// <returns>The timestamp of the next call.</returns>
    protected internal abstract long OnDue(long now);
}
