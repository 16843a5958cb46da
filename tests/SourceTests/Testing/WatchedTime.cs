using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace SseStreaming.SourceTests.Testing;

/// <summary>A clock that the test advances. It records the waits that have begun, because a test must not advance it before them.</summary>
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

    /// <summary>Waits until a number of waits with a certain length have begun.</summary>
    public Task HasBegunAsync(TimeSpan wait, int times = 1) =>
        Eventually.Happens(() => _waits.Count(begun => begun == wait) >= times, $"{times} waits of {wait} have begun");

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
