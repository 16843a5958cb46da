using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Application.Writing;
using SseStreaming.UnitTests.Testing;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Storage;

internal sealed class RetentionSweeperTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Mock<IEventStreamStore> _store = new();
    private readonly LogSpy<RetentionSweeper> _log = new();
    private RetentionSweeper _sweeper = null!;
    private readonly ConcurrentDictionary<StreamId, DateTimeOffset> _expiring = new();
    private int _sweeps;

    [SetUp]
    public async Task SetUp()
    {
        _store.Setup(store => store.DropExpiredAsync(It.IsAny<CancellationToken>())).ReturnsAsync(() => ++_sweeps);
        _store.Setup(store => store.FindExpiredAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((DateTimeOffset until, CancellationToken _) => [.. _expiring.Where(stream => stream.Value <= until).Select(stream => stream.Key)]);
        _store.Setup(store => store.ForgetAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>())).Callback((StreamId id, CancellationToken token) => _expiring.TryRemove(id, out _));
        _sweeper = new RetentionSweeper(_store.Object, new WriterFixture().Writers, MsOptions.Create(new StreamsOptions { Retention = TimeSpan.FromSeconds(10) }), _time, _log);
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
    public async Task Sweeper_ForgetsStreamsWhoseOwnTimeHasCome()
    {
        var (over, later) = (StreamId.New(), StreamId.New());
        _expiring[over] = _time.GetUtcNow();
        _expiring[later] = _time.GetUtcNow().AddYears(1);
        await Waiting.Until(() => Pass() && !_expiring.ContainsKey(over), "the expired stream is forgotten");
        Assert.That(_expiring.Keys, Is.EqualTo(new[] { later }));
    }

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
