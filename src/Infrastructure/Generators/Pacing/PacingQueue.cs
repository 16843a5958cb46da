using System.Buffers;

namespace SseStreaming.Infrastructure.Generators.Pacing;

/// <summary>
/// The waits of all paced generations in the order of their due times, with one timer for the earliest. A timer for each word of
/// each generation would cost more than the word.
/// </summary>
internal sealed class PacingQueue : IDisposable, IThreadPoolWorkItem
{
    /// <summary>How many waits one thread ends in a row, while another thread may start with the next ones.</summary>
    private const int MaxBatch = 64;

    /// <summary>With thousands of generations, some are due in each millisecond. A wake-up for several of them costs less than one for each.</summary>
    private const int MinDelayMilliseconds = 4;

    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(Pace Pace, int Wait), long> _waits = new();
    private long _timerDue = long.MaxValue;

    public PacingQueue(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static self => ((PacingQueue)self!).WakeDue(), this, Never, Never);
    }

    /// <summary>Creates a pace that starts now. The token ends its waits.</summary>
    public Pace Begin(TimeSpan interval, CancellationToken cancellationToken) => new(this, _time, interval, cancellationToken);

    public void Dispose() => _timer.Dispose();

    internal void Add(Pace pace, int wait, long due)
    {
        lock (_gate)
        {
            _waits.Enqueue((pace, wait), due);
            if (due < _timerDue)
                SetTimer(due);
        }
    }

    void IThreadPoolWorkItem.Execute() => WakeDue();

    private void WakeDue()
    {
        var batch = ArrayPool<(Pace Pace, int Wait)>.Shared.Rent(MaxBatch);
        var count = 0;
        bool more;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            for (; (more = IsDue(now)) && count < MaxBatch; count++)
                batch[count] = _waits.Dequeue();
            // While waits are due, the queued work item ends them, and the timer is not needed.
            SetTimer(more ? long.MinValue : _waits.TryPeek(out _, out var next) ? next : long.MaxValue);
        }
        if (more)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        foreach (var (pace, wait) in batch.AsSpan(0, count))
            pace.Wake(wait);
        ArrayPool<(Pace, int)>.Shared.Return(batch, clearArray: true);
    }

    private bool IsDue(long now) => _waits.TryPeek(out _, out var due) && due <= now;

    private void SetTimer(long due)
    {
        _timerDue = due;
        if (due is long.MinValue or long.MaxValue)
            return;
        var remaining = _time.GetElapsedTime(_time.GetTimestamp(), due);
        // Timers fire on whole milliseconds; one that fires early would find no wait that is due.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(MinDelayMilliseconds, Math.Ceiling(remaining.TotalMilliseconds))), Never);
    }
}
