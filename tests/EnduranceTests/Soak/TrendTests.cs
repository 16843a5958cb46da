namespace SseStreaming.EnduranceTests.Soak;

/// <summary>The trend of the soak test: it must detect growth, and must not report noise or peaks as growth.</summary>
internal sealed class TrendTests
{
    private readonly Random _random = new(1);

    [Test]
    public void Noise_IsFlat()
    {
        Assert.That(Of(_ => 1000 + _random.Next(-50, 50)).Drift, Is.InRange(-25, 25));
    }

    [Test]
    public void Growth_IsDetectedInNoise()
    {
        Assert.That(Of(i => 1000 + i + _random.Next(-50, 50)).Drift, Is.InRange(75, 125));
    }

    [Test]
    public void Peak_IsNotGrowth([Values(0, 50, 95)] int at)
    {
        Assert.That(Of(i => i >= at && i < at + 5 ? 5000 : 1000 + _random.Next(-50, 50)).Drift, Is.InRange(-50, 50));
    }

    [Test]
    public void Steps_AreGrowth()
    {
        Assert.That(Of(i => 1000 + (i / 25 * 100)).Drift, Is.InRange(200, 500));
    }

    private static Trend Of(Func<int, double> value) =>
        new("x", [.. Enumerable.Range(0, 100).Select(i => (TimeSpan.FromSeconds(5 * i), value(i)))]);
}
