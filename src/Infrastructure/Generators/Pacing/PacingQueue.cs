namespace SseStreaming.Infrastructure.Generators.Pacing;

/// <summary>
/// The waits of all paced generations, in the order in which they are due, and one timer for the first of them. A timer for each
/// word of each generation would cost more than the word.
/// </summary>
internal sealed class PacingQueue : IDisposable
{
    /// <summary>So many are woken one after the other on one thread; more are shared between threads.</summary>
    private const int Slice = 64;

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

    /// <summary>A pace that begins now. The token ends its waits.</summary>
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

    private void WakeDue()
    {
        var due = new List<(Pace, int)>();
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            while (_waits.TryPeek(out var first, out var at) && at <= now)
            {
                _waits.Dequeue();
                due.Add(first);
            }
            SetTimer(_waits.TryPeek(out _, out var next) ? next : long.MaxValue);
        }
        var mine = due.Count % Slice == 0 ? Math.Min(Slice, due.Count) : due.Count % Slice;
        for (var at = mine; at < due.Count; at += Slice)
            ThreadPool.UnsafeQueueUserWorkItem(static slice => Wake(slice.due, slice.at, Slice), (due, at), preferLocal: false);
        Wake(due, 0, mine);
    }

    private static void Wake(List<(Pace Pace, int Wait)> due, int start, int count)
    {
        for (var i = start; i < start + count; i++)
            due[i].Pace.Wake(due[i].Wait);
    }

    private void SetTimer(long due)
    {
        _timerDue = due;
        if (due == long.MaxValue)
            return;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), due);
        // Timers fire on whole milliseconds; one that fires early would look in vain.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(left.TotalMilliseconds))), Never);
    }
}
