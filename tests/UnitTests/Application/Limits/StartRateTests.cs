using SseStreaming.Application.Limits;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Limits;

internal sealed class StartRateTests
{
    [Test]
    public void TryStart_AfterAllStartsOfAMinute_ReturnsTheTimeUntilTheNextOne()
    {
        using var rate = new StartRate(perMinute: 5);

        for (var i = 0; i < 5; i++)
            Assert.That(rate.TryStart("a"), Is.Null);

        Assert.That(rate.TryStart("a"), Is.EqualTo(TimeSpan.FromSeconds(12)).Within(TimeSpan.FromSeconds(1)), "a fifth of a minute");
        Assert.That(rate.TryStart("b"), Is.Null, "another client has its own bucket");
    }

    [Test]
    public async Task TryStart_AfterTheLimit_AllowsFurtherStartsOneByOne()
    {
        using var rate = new StartRate(perMinute: 600);
        var begun = TimeProvider.System.GetTimestamp();
        var starts = 0;
        await Waiting.Until(
            () =>
            {
                starts += rate.TryStart("a") is null ? 1 : 0;
                return starts == 620;
            },
            "there were 20 more starts");

        // At 600 per minute 20 starts take two seconds; the framework replenishes at its own interval.
        Assert.That(TimeProvider.System.GetElapsedTime(begun), Is.GreaterThan(TimeSpan.FromSeconds(1.7)));
    }

    [Test]
    public void TryStart_WithALimitOfZero_IsAlwaysAllowed()
    {
        using var rate = new StartRate(perMinute: 0);

        Assert.That(Enumerable.Range(0, 10_000).Select(_ => rate.TryStart("a")), Is.All.Null);
    }

    [Test]
    public void TryStart_OfManyClients_SharesAFixedNumberOfBuckets()
    {
        using var rate = new StartRate(perMinute: 10, buckets: 4);

        var admitted = Enumerable.Range(0, 100_000).Count(i => rate.TryStart($"client {i}") is null);

        // Four buckets of ten, and the tokens that were replenished meanwhile.
        Assert.That(admitted, Is.InRange(40, 48));
    }
}
