using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Application.Common;

/// <summary>
/// Deadlines in the order in which they are due, with one timer for the earliest: a timer for each viewer takes more memory than this. A
/// binary heap whose items know their index, so that removing one needs no search.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A queue lives as long as the process, and without deadlines its timer is not set.")]
internal sealed class DeadlineQueue
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<Deadline> _heap = [];
    private long _timerDue = long.MaxValue;

    public DeadlineQueue(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static self => ((DeadlineQueue)self!).CallDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A duration in the unit of the clock's timestamps, at least one.</summary>
    public static long ToTicks(TimeProvider time, TimeSpan duration) =>
        Math.Max(1, (long)(duration.Ticks * ((double)time.TimestampFrequency / TimeSpan.TicksPerSecond)));

    /// <summary>Adds a deadline with the timestamp at which it is due.</summary>
    public void Add(Deadline deadline, long due)
    {
        lock (_gate)
        {
            deadline.Due = due;
            _heap.Add(deadline);
            MoveUp(_heap.Count - 1, deadline);
            if (due < _timerDue)
                SetTimer(due);
        }
    }

    /// <summary>Removes a deadline, if it was added. It is not called any more when this returns.</summary>
    public void Remove(Deadline deadline)
    {
        lock (_gate)
        {
            var index = deadline.QueueIndex;
            if (index < 0)
                return;
            deadline.QueueIndex = -1;
            var last = _heap[^1];
            _heap.RemoveAt(_heap.Count - 1);
            if (last == deadline)
                return;
            MoveUp(index, last);
            MoveDown(last.QueueIndex, last);
        }
    }

    private void CallDue()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            while (_heap.Count > 0 && _heap[0] is var deadline && deadline.Due <= now)
            {
                deadline.Due = deadline.OnDue(now);
                MoveDown(0, deadline);
            }
            SetTimer(_heap.Count > 0 ? _heap[0].Due : long.MaxValue);
        }
    }

    private void SetTimer(long due)
    {
        _timerDue = due;
        if (due == long.MaxValue)
            return;
        var remaining = _time.GetElapsedTime(_time.GetTimestamp(), due);
        // Timers fire on whole milliseconds; one that fires early would find nothing that is due.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(remaining.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    private void MoveUp(int index, Deadline deadline)
    {
        for (; index > 0 && _heap[(index - 1) / 2] is var parent && parent.Due > deadline.Due; index = (index - 1) / 2)
            Set(index, parent);
        Set(index, deadline);
    }

    private void MoveDown(int index, Deadline deadline)
    {
        for (var child = (2 * index) + 1; child < _heap.Count; child = (2 * index) + 1)
        {
            if (child + 1 < _heap.Count && _heap[child + 1].Due < _heap[child].Due)
                child++;
            if (_heap[child].Due >= deadline.Due)
                break;
            Set(index, _heap[child]);
            index = child;
        }
        Set(index, deadline);
    }

    private void Set(int index, Deadline deadline)
    {
        _heap[index] = deadline;
        deadline.QueueIndex = index;
    }
}
