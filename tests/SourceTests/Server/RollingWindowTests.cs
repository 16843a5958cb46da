using SseStreaming.Application.Generations;

namespace SseStreaming.SourceTests.Server;

internal sealed class RollingWindowTests
{
    [Test]
    public void Appended_ManyEvents_KeepsAboutTheNewest([Values(1, 7, 100, 1000)] int batch)
    {
        var window = new RollingWindow(events: 1600, characters: long.MaxValue);
        long first = 1;
        for (long last = batch; last <= 20_000; last += batch)
        {
            first = window.RecordAppend(last, batch) ?? first;
            Assert.That(last - first + 1, Is.LessThanOrEqualTo(Math.Max(1600, batch)));
            if (last > 3200)
                Assert.That(last - first + 1, Is.GreaterThanOrEqualTo(1600 - Math.Max(100, batch) - batch));
        }
    }

    [Test]
    public void Appended_MuchText_KeepsAboutTheNewestCharacters()
    {
        var window = new RollingWindow(events: 1_000_000, characters: 16_000);
        long first = 1;
        for (long last = 1; last <= 1000; last++)
        {
            first = window.RecordAppend(last, 500) ?? first;
            Assert.That((last - first + 1) * 500, Is.LessThanOrEqualTo(16_000));
        }
        Assert.That(1000 - first, Is.GreaterThan(28));
    }

    [Test]
    public void Appended_OneLargeBatch_KeepsIt()
    {
        var window = new RollingWindow(events: 10, characters: 10);

        Assert.That(window.RecordAppend(1, 1_000_000), Is.Null);
        Assert.That(window.RecordAppend(2, 1_000_000), Is.EqualTo(2));
    }
}
