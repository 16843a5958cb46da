using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace SseStreaming.SourceTests.Support;

/// <summary>Time that passes only when a test says so, and tells which waits have begun: a test must not let time pass before them.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _waits = new();

    public WatchedTime()
        : base(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(base.CreateTimer(callback, state, dueTime, period), _waits);
        _waits.Enqueue(dueTime);
        return timer;
    }

    /// <summary>Waits until so many waits of a length have begun.</summary>
    public Task HasBegunAsync(TimeSpan wait, int times = 1) =>
        Eventually.Happens(() => _waits.Count(begun => begun == wait) >= times, $"{times} waits of {wait} begin");

    private sealed class WatchedTimer(ITimer timer, ConcurrentQueue<TimeSpan> waits) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            waits.Enqueue(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
