using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;
using SseStreaming.SourceTests.Support;

namespace SseStreaming.SourceTests.Query;

/// <summary>What is remembered of rows, and for how long.</summary>
internal sealed class RowWindowTests
{
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);

    [Test]
    public void Row_IsSettled_WhenTheTimeHasPassed_AndAllTransactionsOfThenHaveEnded()
    {
        var time = new WatchedTime();
        var tracker = new LateRowTracker(0L, Late, time);
        tracker.AddNew(Row(7), new Horizon(Oldest: 100, Next: 105));

        time.Advance(Late - TimeSpan.FromMilliseconds(1));
        Assert.That(FloorAfterPass(tracker, new Horizon(200, 200), 7), Is.Zero, "too early");
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(FloorAfterPass(tracker, new Horizon(104, 200), 7), Is.Zero, "104 was at work when the row was seen");
        Assert.That(FloorAfterPass(tracker, new Horizon(105, 200), 7), Is.EqualTo(7));
        Assert.That(tracker.Count, Is.Zero);
    }

    [Test]
    public void LateRow_IsGivenOnce_AndSettlesWithAHigherOne()
    {
        var time = new WatchedTime();
        var tracker = new LateRowTracker(0L, Late, time);
        tracker.AddNew(Row(7), new Horizon(100, 105));
        time.Advance(Late);

        tracker.BeginScan();
        Assert.That(tracker.IsLate(Row(5), new Horizon(105, 110)), Is.True);
        Assert.That(tracker.IsLate(Row(7), new Horizon(105, 110)), Is.False);
        tracker.EndScan();

        Assert.That((tracker.Floor, tracker.Count), Is.EqualTo((7L, 0)));
    }

    [Test]
    public void LateRow_BelowAnUnsettledOne_IsRemembered()
    {
        var tracker = new LateRowTracker(0L, Late, new WatchedTime());
        tracker.AddNew(Row(7), new Horizon(100, 105));

        tracker.BeginScan();
        Assert.That(tracker.IsLate(Row(5), new Horizon(100, 110)), Is.True);
        tracker.IsLate(Row(7), new Horizon(100, 110));
        tracker.EndScan();
        tracker.BeginScan();

        Assert.That(tracker.IsLate(Row(5), new Horizon(100, 110)), Is.False);
    }

    [Test]
    public void Window_IsHeldUp_OnlyByATransactionThatIsOpenForLonger()
    {
        var time = new WatchedTime();
        var tracker = new LateRowTracker(0L, Late, time);
        tracker.AddNew(Row(7), new Horizon(100, 105));

        FloorAfterPass(tracker, new Horizon(100, 110), 7);
        Assert.That(tracker.IsBlocked, Is.False, "it may just be new");
        time.Advance(Late);
        FloorAfterPass(tracker, new Horizon(100, 110), 7);
        Assert.That(tracker.IsBlocked, Is.True);
        FloorAfterPass(tracker, new Horizon(105, 110), 7);
        Assert.That(tracker.IsBlocked, Is.False);
    }

    [Test]
    public void RowThatAPassDidNotMeet_IsForgotten()
    {
        var tracker = new LateRowTracker(0L, Late, new WatchedTime());
        tracker.AddNew(Row(6), new Horizon(100, 105));
        tracker.AddNew(Row(7), new Horizon(100, 105));

        FloorAfterPass(tracker, new Horizon(100, 110), 7);

        Assert.That(tracker.Count, Is.EqualTo(1));
    }

    [Test]
    public void WithoutAWindow_NothingIsRemembered()
    {
        var tracker = new LateRowTracker(0L, TimeSpan.Zero, new WatchedTime());
        tracker.AddNew(Row(7), default);

        Assert.That((tracker.Floor, tracker.Head, tracker.Count), Is.EqualTo((7L, 7L, 0)));
    }

    private static object FloorAfterPass(LateRowTracker tracker, Horizon horizon, params long[] keys)
    {
        tracker.BeginScan();
        foreach (var key in keys)
            tracker.IsLate(Row(key), horizon);
        tracker.EndScan();
        return tracker.Floor;
    }

    private static Row Row(long key) => new(key, "text");
}
