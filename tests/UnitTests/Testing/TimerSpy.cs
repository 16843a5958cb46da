using Microsoft.Extensions.Time.Testing;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A clock that a test advances. It counts its timers, because a wait with a time limit has begun when it has its timer.</summary>
internal sealed class TimerSpy : FakeTimeProvider
{
    private int _timers;

    public int Timers => Volatile.Read(ref _timers);

    public Task TimersAsync(int count) => Waiting.Until(() => Timers >= count, $"there were {count} timers");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timers);
        return timer;
    }
}
