using SseStreaming.Infrastructure.Generators.Query.Checkpoints;
using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;
using SseStreaming.SourceTests.Testing;

namespace SseStreaming.SourceTests.Query;

internal sealed class LateRowTrackerTests
{
    private static readonly TimeSpan LateWindow = TimeSpan.FromSeconds(5);

    [Test]
    public void Row_IsSettled_AfterTheWindow_AndAfterAllTransactionsOfThatMoment()
    {
        var time = new WatchedTime();
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), LateWindow, time);
        tracker.AddNew(Row(7), new Horizon(Oldest: 100, Next: 105));

        time.Advance(LateWindow - TimeSpan.FromMilliseconds(1));
        Assert.That(ScanAndGetFloor(tracker, new Horizon(200, 200), 7), Is.Zero, "too early");
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(ScanAndGetFloor(tracker, new Horizon(104, 200), 7), Is.Zero, "transaction 104 was running when the row was read");
        Assert.That(ScanAndGetFloor(tracker, new Horizon(105, 200), 7), Is.EqualTo(7));
        Assert.That(tracker.Count, Is.Zero);
    }

    [Test]
    public void LateRow_IsReportedOnce_AndSettlesWithAHigherOne()
    {
        var time = new WatchedTime();
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), LateWindow, time);
        tracker.AddNew(Row(7), new Horizon(100, 105));
        time.Advance(LateWindow);

        tracker.BeginScan();
        Assert.That(tracker.IsLate(Row(5), new Horizon(105, 110)), Is.True);
        Assert.That(tracker.IsLate(Row(7), new Horizon(105, 110)), Is.False);
        tracker.EndScan();

        Assert.That((tracker.Floor, tracker.Count), Is.EqualTo((7L, 0)));
    }

    [Test]
    public void LateRow_BelowAnUnsettledOne_IsRemembered()
    {
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), LateWindow, new WatchedTime());
        tracker.AddNew(Row(7), new Horizon(100, 105));

        tracker.BeginScan();
        Assert.That(tracker.IsLate(Row(5), new Horizon(100, 110)), Is.True);
        tracker.IsLate(Row(7), new Horizon(100, 110));
        tracker.EndScan();
        tracker.BeginScan();

        Assert.That(tracker.IsLate(Row(5), new Horizon(100, 110)), Is.False);
    }

    [Test]
    public void Tracker_IsBlocked_OnlyByATransactionOlderThanTheWindow()
    {
        var time = new WatchedTime();
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), LateWindow, time);
        tracker.AddNew(Row(7), new Horizon(100, 105));

        ScanAndGetFloor(tracker, new Horizon(100, 110), 7);
        Assert.That(tracker.IsBlocked, Is.False, "the row is not older than the window");
        time.Advance(LateWindow);
        ScanAndGetFloor(tracker, new Horizon(100, 110), 7);
        Assert.That(tracker.IsBlocked, Is.True);
        ScanAndGetFloor(tracker, new Horizon(105, 110), 7);
        Assert.That(tracker.IsBlocked, Is.False);
    }

    [Test]
    public void Row_NotMetByAScan_IsForgotten()
    {
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), LateWindow, new WatchedTime());
        tracker.AddNew(Row(6), new Horizon(100, 105));
        tracker.AddNew(Row(7), new Horizon(100, 105));

        ScanAndGetFloor(tracker, new Horizon(100, 110), 7);

        Assert.That(tracker.Count, Is.EqualTo(1));
    }

    [Test]
    public void ZeroWindow_RemembersNoRows()
    {
        var tracker = new LateRowTracker(QueryCheckpoint.StartAfter(0L), TimeSpan.Zero, new WatchedTime());
        tracker.AddNew(Row(7), default);

        Assert.That((tracker.Floor, tracker.Head, tracker.Count), Is.EqualTo((7L, 7L, 0)));
    }

    private static object ScanAndGetFloor(LateRowTracker tracker, Horizon horizon, params long[] keys)
    {
        tracker.BeginScan();
        foreach (var key in keys)
            tracker.IsLate(Row(key), horizon);
        tracker.EndScan();
        return tracker.Floor;
    }

    private static Row Row(long key) => new(key, "text");
}
