using Microsoft.Extensions.Time.Testing;
using SseStreaming.Infrastructure.Generators.Pacing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Pacing;

internal sealed class PaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _time = new();
    private PacingQueue _queue = null!;

    [SetUp]
    public void SetUp() => _queue = new PacingQueue(_time);

    [TearDown]
    public void TearDown() => _queue.Dispose();

    [Test]
    public void Next_WithoutAnInterval_IsAlwaysDue()
    {
        using var pace = Begin(TimeSpan.Zero);

        for (var i = 0; i < 1_000; i++)
            Assert.That(pace.NextAsync().IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task Next_IsDueAfterTheInterval()
    {
        using var pace = Begin(Interval);
        for (var i = 0; i < 10; i++)
        {
            var next = pace.NextAsync();
            _time.Advance(Interval * 0.9);
            Assert.That(next.IsCompleted, Is.False);

            _time.Advance(Interval * 0.1);

            await next.Soon();
        }
    }

    [Test]
    public async Task Next_AfterALateOne_IsDueOnTheOriginalSchedule()
    {
        using var pace = Begin(Interval);
        var late = pace.NextAsync();
        _time.Advance(Interval * 1.75);
        await late.Soon();

        var next = pace.NextAsync();

        _time.Advance(Interval * 0.2);
        Assert.That(next.IsCompleted, Is.False);
        _time.Advance(Interval * 0.05);
        await next.Soon();
    }

    [Test]
    public void Next_FarBehindTheSchedule_CatchesUpWithoutWaiting()
    {
        using var pace = Begin(Interval);
        _time.Advance(Interval * 5);

        for (var i = 0; i < 5; i++)
            Assert.That(pace.NextAsync().IsCompletedSuccessfully, Is.True);

        Assert.That(pace.NextAsync().IsCompleted, Is.False);
    }

    [Test]
    public async Task Next_OfManyPaces_IsNeverEarly_AndAtMostThreeMillisecondsLate()
    {
        var intervals = Enumerable.Range(1, 500).Select(i => TimeSpan.FromMilliseconds(1 + (i * 37 % 500))).ToList();
        var waits = intervals.ConvertAll(interval => Begin(interval).NextAsync().AsTask());

        for (var now = 1; now <= 504; now++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            for (var i = 0; i < waits.Count; i++)
            {
                if (intervals[i].TotalMilliseconds > now)
                    Assert.That(waits[i].IsCompleted, Is.False);
            }
            await Task.WhenAll(waits.Where((_, i) => intervals[i].TotalMilliseconds <= now - 3)).Soon();
        }
    }

    [Test]
    public async Task Next_OfMoreWaitsThanABatch_IsDueForAll()
    {
        var waits = Enumerable.Range(0, 1_000).Select(_ => Begin(TimeSpan.FromMilliseconds(10)).NextAsync().AsTask()).ToList();
        var later = Begin(TimeSpan.FromMilliseconds(20)).NextAsync().AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(10));
        await Task.WhenAll(waits).Soon();

        Assert.That(later.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await later.Soon();
    }

    [Test]
    public async Task Next_Cancelled_Throws()
    {
        using var stop = new CancellationTokenSource();
        using var pace = _queue.Begin(Interval, stop.Token);
        var next = pace.NextAsync();

        await stop.CancelAsync();

        Assert.That(async () => await next.Soon(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await pace.NextAsync().Soon(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Next_CancelledWhileDue_EndsExactlyOnce()
    {
        for (var round = 0; round < 3_000; round++)
        {
            using var stop = new CancellationTokenSource();
            using var pace = _queue.Begin(Interval, stop.Token);
            var next = pace.NextAsync();
            using var both = new Barrier(2);

            await Task.WhenAll(
                Task.Run(() =>
                {
                    both.SignalAndWait();
                    stop.Cancel();
                }),
                Task.Run(() =>
                {
                    both.SignalAndWait();
                    _time.Advance(Interval);
                })).Soon();

            // A second completion would have thrown in one of the two tasks.
            Assert.That(next.IsCompleted, Is.True);
            await ((Task)next.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [Test]
    public async Task Next_OnTheSystemClock_IsNeverEarly_AndKeepsTheSchedule()
    {
        const int steps = 50;
        var interval = TimeSpan.FromMilliseconds(4);
        using var queue = new PacingQueue(TimeProvider.System);
        var startedAt = TimeProvider.System.GetTimestamp();
        using var pace = queue.Begin(interval, CancellationToken.None);

        for (var i = 1; i <= steps; i++)
        {
            await pace.NextAsync().Soon();
            Assert.That(TimeProvider.System.GetElapsedTime(startedAt), Is.GreaterThanOrEqualTo(interval * i));
        }
    }

    private Pace Begin(TimeSpan interval) => _queue.Begin(interval, CancellationToken.None);
}
