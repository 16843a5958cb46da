using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Storage;

internal sealed class RetentionSweeperTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Mock<IEventStreamStore> _store = new();
    private readonly LogSpy<RetentionSweeper> _log = new();
    private RetentionSweeper _sweeper = null!;
    private int _sweeps;

    [SetUp]
    public async Task SetUp()
    {
        _store.Setup(store => store.DropExpiredAsync(It.IsAny<CancellationToken>())).ReturnsAsync(() => ++_sweeps);
        _sweeper = new RetentionSweeper(_store.Object, MsOptions.Create(new StreamsOptions { Retention = TimeSpan.FromSeconds(10) }), _time, _log);
        await _sweeper.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _sweeper.StopAsync(CancellationToken.None).Soon();
        _sweeper.Dispose();
    }

    [Test]
    public async Task Sweeper_DropsWhatIsExpiredAgainAndAgain() =>
        await Waiting.Until(() => Pass() && _sweeps >= 3, "expired streams were dropped three times");

    [Test]
    public async Task Sweeper_AfterAFailedSweep_Continues()
    {
        await SweepAfterAsync(new InvalidOperationException());
        var line = _log.Lines[0];
        Assert.That(line.Level, Is.EqualTo(LogLevel.Error));
        Assert.That(line.Exception, Is.InstanceOf<InvalidOperationException>());
    }

    [Test]
    public async Task Sweeper_WhileTheStoreIsUnavailable_ContinuesWithoutALine()
    {
        await SweepAfterAsync(Faults.StoreDown);
        Assert.That(_log.Lines.Where(line => line.Level > LogLevel.Debug), Is.Empty);
    }

    private async Task SweepAfterAsync(Exception fault)
    {
        _store.SetupSequence(store => store.DropExpiredAsync(It.IsAny<CancellationToken>()))
            .ThrowsAsync(fault)
            .ReturnsAsync(() => ++_sweeps);
        await Waiting.Until(() => Pass() && _sweeps == 1, "a sweep followed the failed one");
    }

    private bool Pass()
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return true;
    }
}
