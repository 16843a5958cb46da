using Microsoft.Extensions.Time.Testing;

namespace SseStreaming.UnitTests.Support;

/// <summary>A clock that stands still, and says how many timers were set on it: a wait with a limit has begun when it has its timer.</summary>
internal sealed class TimerSpy : FakeTimeProvider
{
    private int _timers;

    public Task TimersAsync(int count) => Waiting.Until(() => Volatile.Read(ref _timers) >= count, $"there were {count} timers");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timers);
        return timer;
    }
}
