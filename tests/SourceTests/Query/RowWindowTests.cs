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
        var window = new RowWindow(0L, Late, time);
        window.Advance(Row(7), new Horizon(Oldest: 100, Next: 105));

        time.Advance(Late - TimeSpan.FromMilliseconds(1));
        Assert.That(FloorAfterPass(window, new Horizon(200, 200), 7), Is.Zero, "too early");
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(FloorAfterPass(window, new Horizon(104, 200), 7), Is.Zero, "104 was at work when the row was seen");
        Assert.That(FloorAfterPass(window, new Horizon(105, 200), 7), Is.EqualTo(7));
        Assert.That(window.Count, Is.Zero);
    }

    [Test]
    public void LateRow_IsGivenOnce_AndSettlesWithAHigherOne()
    {
        var time = new WatchedTime();
        var window = new RowWindow(0L, Late, time);
        window.Advance(Row(7), new Horizon(100, 105));
        time.Advance(Late);

        window.BeginPass();
        Assert.That(window.Pass(Row(5), new Horizon(105, 110)), Is.True);
        Assert.That(window.Pass(Row(7), new Horizon(105, 110)), Is.False);
        window.EndPass();

        Assert.That((window.Floor, window.Count), Is.EqualTo((7L, 0)));
    }

    [Test]
    public void LateRow_BelowAnUnsettledOne_IsRemembered()
    {
        var window = new RowWindow(0L, Late, new WatchedTime());
        window.Advance(Row(7), new Horizon(100, 105));

        window.BeginPass();
        Assert.That(window.Pass(Row(5), new Horizon(100, 110)), Is.True);
        window.Pass(Row(7), new Horizon(100, 110));
        window.EndPass();
        window.BeginPass();

        Assert.That(window.Pass(Row(5), new Horizon(100, 110)), Is.False);
    }

    [Test]
    public void Window_IsHeldUp_OnlyByATransactionThatIsOpenForLonger()
    {
        var time = new WatchedTime();
        var window = new RowWindow(0L, Late, time);
        window.Advance(Row(7), new Horizon(100, 105));

        FloorAfterPass(window, new Horizon(100, 110), 7);
        Assert.That(window.IsHeldUp, Is.False, "it may just be new");
        time.Advance(Late);
        FloorAfterPass(window, new Horizon(100, 110), 7);
        Assert.That(window.IsHeldUp, Is.True);
        FloorAfterPass(window, new Horizon(105, 110), 7);
        Assert.That(window.IsHeldUp, Is.False);
    }

    [Test]
    public void RowThatAPassDidNotMeet_IsForgotten()
    {
        var window = new RowWindow(0L, Late, new WatchedTime());
        window.Advance(Row(6), new Horizon(100, 105));
        window.Advance(Row(7), new Horizon(100, 105));

        FloorAfterPass(window, new Horizon(100, 110), 7);

        Assert.That(window.Count, Is.EqualTo(1));
    }

    [Test]
    public void WithoutAWindow_NothingIsRemembered()
    {
        var window = new RowWindow(0L, TimeSpan.Zero, new WatchedTime());
        window.Advance(Row(7), default);

        Assert.That((window.Floor, window.Head, window.Count), Is.EqualTo((7L, 7L, 0)));
    }

    private static object FloorAfterPass(RowWindow window, Horizon horizon, params long[] keys)
    {
        window.BeginPass();
        foreach (var key in keys)
            window.Pass(Row(key), horizon);
        window.EndPass();
        return window.Floor;
    }

    private static Row Row(long key) => new(key, "text");
}
