using SseStreaming.Application.Common;

namespace SseStreaming.UnitTests.Application.Common;

public class BackoffTests
{
    [Test]
    public void GetDelay_DoublesUpToTheMaximum()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));

        var delays = Enumerable.Range(0, 6).Select(attempt => backoff.GetDelay(attempt).TotalMilliseconds);

        Assert.That(delays, Is.EqualTo(new double[] { 100, 200, 400, 800, 1000, 1000 }));
    }

    [TestCase(100)]
    [TestCase(int.MaxValue)]
    public void GetDelay_AfterManyAttempts_StaysAtTheMaximum(int attempt)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

        Assert.That(backoff.GetDelay(attempt), Is.EqualTo(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public void GetDelay_WhenTheFirstIsAboveTheMaximum_IsTheMaximum()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));

        Assert.That(backoff.GetDelay(0), Is.EqualTo(TimeSpan.FromSeconds(10)));
    }

    [TestCase(0)]
    [TestCase(int.MaxValue)]
    public void GetDelay_WithoutAFirstDelay_IsZero(int attempt)
    {
        var backoff = new Backoff(TimeSpan.Zero, TimeSpan.FromSeconds(10), Jitter: 0.5);

        Assert.That(backoff.GetDelay(attempt), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void GetDelay_WithJitter_VariesInBothDirectionsByNoMoreThanTheJitter()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), Jitter: 0.25);

        var delays = Enumerable.Range(0, 10_000).Select(_ => backoff.GetDelay(2).TotalSeconds).ToList();

        using var scope = Assert.EnterMultipleScope();
        Assert.That(delays, Is.All.InRange(3.0, 5.0));
        Assert.That(delays.Min(), Is.LessThan(3.2));
        Assert.That(delays.Max(), Is.GreaterThan(4.8));
    }
}
