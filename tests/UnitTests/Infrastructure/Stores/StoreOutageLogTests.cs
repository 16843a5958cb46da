using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Stores;

internal sealed class StoreOutageLogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogSpy<StoreOutageLog> _log = new();
    private readonly StoreOutageLog _outages;

    public StoreOutageLogTests() => _outages = new StoreOutageLog(_time, _log);

    [Test]
    public async Task ThousandFaults_OfFiftyCallers_InOneSecond_AreOneLine()
    {
        await FailAsync(callers: 50, times: 20);
        Assert.That(_log.Lines.Single(), Has.Property(nameof(LogLine.Level)).EqualTo(LogLevel.Warning).And.Property(nameof(LogLine.Exception)).Null);

        _time.Advance(TimeSpan.FromSeconds(1));
        await FailAsync(callers: 50, times: 20);
        Assert.That(_log.Lines, Has.Count.EqualTo(2));
        Assert.That((_log.Lines[1]["Reason"], _log.Lines[1]["Omitted"]), Is.EqualTo(("refused", 999)));
    }

    [Test]
    public void Outage_EndsWithOneLine_ThatHasItsDuration()
    {
        for (var i = 0; i < 10; i++)
        {
            _outages.RecordFault("refused");
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }
        SucceedFor(TimeSpan.FromSeconds(10));

        Assert.That(_log.Lines.Count(line => line.Level == LogLevel.Warning), Is.EqualTo(5));
        Assert.That(_log.Lines[^1].Level, Is.EqualTo(LogLevel.Information));
        Assert.That(_log.Lines[^1]["Seconds"], Is.EqualTo(5).Within(0.01));
        Assert.That(_log.Lines[^1]["Omitted"], Is.EqualTo(1));
        Assert.That(_log.Lines, Has.Count.EqualTo(6));
    }

    [Test]
    public void FaultsBetweenSuccesses_AreOneOutage()
    {
        for (var i = 0; i < 100; i++)
        {
            _outages.RecordFault("deadlock");
            SucceedFor(TimeSpan.FromSeconds(0.1));
        }
        Assert.That(_log.Lines, Has.Count.InRange(9, 10).And.All.Property(nameof(LogLine.Level)).EqualTo(LogLevel.Warning));
    }

    [Test]
    public void Success_WithoutAnOutage_IsNotLogged()
    {
        SucceedFor(TimeSpan.FromSeconds(10));
        Assert.That(_log.Lines, Is.Empty);
    }

    private Task FailAsync(int callers, int times) => Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() =>
    {
        for (var i = 0; i < times; i++)
            _outages.RecordFault("refused");
    })));

    private void SucceedFor(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(0.1))
        {
            _outages.RecordSuccess();
            _time.Advance(TimeSpan.FromSeconds(0.1));
        }
    }
}
