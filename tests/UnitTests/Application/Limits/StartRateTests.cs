using SseStreaming.Application.Limits;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Application.Limits;

internal sealed class StartRateTests
{
    private const int Counts = 65_536;

    [Test]
    public void Client_MayStartAllOfAMinuteAtOnce_AndIsThenToldHowLongToWait()
    {
        using var rate = new StartRate(perMinute: 5, Counts);

        for (var i = 0; i < 5; i++)
            Assert.That(rate.TryStart("a"), Is.Null);

        Assert.That(rate.TryStart("a"), Is.EqualTo(TimeSpan.FromSeconds(12)).Within(TimeSpan.FromSeconds(1)), "a fifth of a minute");
        Assert.That(rate.TryStart("b"), Is.Null, "others have their own");
    }

    [Test]
    public async Task Client_GetsItsStartsBackOneByOne()
    {
        using var rate = new StartRate(perMinute: 600, Counts);
        var begun = TimeProvider.System.GetTimestamp();
        var starts = 0;
        await Waiting.Until(
            () =>
            {
                starts += rate.TryStart("a") is null ? 1 : 0;
                return starts == 620;
            },
            "there were 20 more starts");

        // 20 of 600 in a minute take two seconds, give or take the interval of the framework's own clock.
        Assert.That(TimeProvider.System.GetElapsedTime(begun), Is.GreaterThan(TimeSpan.FromSeconds(1.7)));
    }

    [Test]
    public void Zero_IsNoBound()
    {
        using var rate = new StartRate(perMinute: 0, Counts);

        Assert.That(Enumerable.Range(0, 10_000).Select(_ => rate.TryStart("a")), Is.All.Null);
    }

    [Test]
    public void AnyNumberOfClients_HasNoMoreCountsThanThereMayBe()
    {
        using var rate = new StartRate(perMinute: 10, counts: 4);

        var admitted = Enumerable.Range(0, 100_000).Count(i => rate.TryStart($"client {i}") is null);

        // Four counts of ten, and what came back in the meantime.
        Assert.That(admitted, Is.InRange(40, 48));
    }
}
