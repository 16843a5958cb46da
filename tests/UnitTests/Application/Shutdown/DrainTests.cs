using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application;
using SseStreaming.Application.Shutdown;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Shutdown;

internal sealed class DrainTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Drain _drain;

    public DrainTests() => _drain = new Drain(MsOptions.Create(new StreamsOptions { DrainSpread = TimeSpan.FromSeconds(40) }), _time);

    [Test]
    public void Waits_AreSpreadEvenlyOverTheSpan_WithoutItsFirstQuarter()
    {
        var seconds = Enumerable.Range(0, 10_000).Select(_ => _drain.NextRetryDelay().TotalSeconds).ToList();

        Assert.That(seconds, Is.All.InRange(10, 40));
        // 1,000 each are expected, with a standard deviation of 30.
        Assert.That(seconds.CountBy(second => (int)((second - 10) / 3)).Select(bin => bin.Value), Is.All.InRange(800, 1_200));
    }

    [Test]
    public async Task ViewerShutdownToken_AfterTheRedirect_IsTheShutdownToken()
    {
        var before = _drain.ViewerShutdownToken;
        await _drain.RedirectViewersAsync();
        var after = _drain.ViewerShutdownToken;
        Assert.That((before.IsCancellationRequested, after.IsCancellationRequested, _drain.HasBegun), Is.EqualTo((true, false, false)));

        await _drain.ShutDownAsync();

        Assert.That((after.IsCancellationRequested, _drain.ShutdownToken.IsCancellationRequested, _drain.HasBegun), Is.EqualTo((true, true, true)));
    }

    [Test]
    public void RemainingReconnectWindow_IsTwiceTheSpread_FromTheLastRedirect()
    {
        Assert.That(_drain.RemainingReconnectWindow, Is.EqualTo(TimeSpan.Zero));
        _drain.RedirectViewer();
        _time.Advance(TimeSpan.FromSeconds(30));
        _drain.RedirectViewer();
        Assert.That(_drain.RemainingReconnectWindow, Is.EqualTo(TimeSpan.FromSeconds(80)));

        _time.Advance(TimeSpan.FromSeconds(79));
        Assert.That(_drain.RemainingReconnectWindow, Is.EqualTo(TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(_drain.RemainingReconnectWindow, Is.EqualTo(TimeSpan.Zero));
    }
}
