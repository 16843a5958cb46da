using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Streams;
using SseStreaming.UnitTests.Support;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application;

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
    public async Task Sweeper_AfterASweepThatFailed_GoesOn()
    {
        _store.SetupSequence(store => store.DropExpiredAsync(It.IsAny<CancellationToken>()))
            .ThrowsAsync(Faults.StoreDown)
            .ReturnsAsync(() => ++_sweeps);

        await Waiting.Until(() => Pass() && _sweeps == 1, "there was a sweep after the one that failed");

        Assert.That(_log.Lines[0].Exception, Is.InstanceOf<StoreUnavailableException>());
    }

    private bool Pass()
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return true;
    }
}
