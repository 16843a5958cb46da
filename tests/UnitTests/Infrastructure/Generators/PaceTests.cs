using Microsoft.Extensions.Time.Testing;
using SseStreaming.Infrastructure.Generators;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Infrastructure.Generators;

internal sealed class PaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _time = new();

    [Test]
    public void Next_WithoutAnInterval_IsAlwaysDue()
    {
        var pace = new Pace(TimeSpan.Zero, _time);

        for (var i = 0; i < 1_000; i++)
            Assert.That(pace.NextAsync(CancellationToken.None).IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task Next_IsDueAfterTheInterval()
    {
        var pace = new Pace(Interval, _time);
        for (var i = 0; i < 10; i++)
        {
            var next = pace.NextAsync(CancellationToken.None);
            Assert.That(next.IsCompleted, Is.False);

            _time.Advance(Interval);

            await next.Soon();
        }
    }

    [Test]
    public async Task Next_AfterOneThatCameLate_IsDueWhenItWouldHaveBeenAnyway()
    {
        var pace = new Pace(Interval, _time);
        var late = pace.NextAsync(CancellationToken.None);
        _time.Advance(Interval * 1.75);
        await late.Soon();

        var next = pace.NextAsync(CancellationToken.None);

        _time.Advance(Interval * 0.2);
        Assert.That(next.IsCompleted, Is.False);
        _time.Advance(Interval * 0.05);
        await next.Soon();
    }

    [Test]
    public void Next_FarBehindTheSchedule_CatchesUpWithoutWaiting()
    {
        var pace = new Pace(Interval, _time);
        _time.Advance(Interval * 5);

        for (var i = 0; i < 5; i++)
            Assert.That(pace.NextAsync(CancellationToken.None).IsCompletedSuccessfully, Is.True);

        Assert.That(pace.NextAsync(CancellationToken.None).IsCompleted, Is.False);
    }
}
