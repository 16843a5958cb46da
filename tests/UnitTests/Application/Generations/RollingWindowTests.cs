using FsCheck.Fluent;
using SseStreaming.Application;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class RollingWindowTests
{
    private const int Events = 160;
    private const int Characters = 1_600;

    [Test]
    public void Window_OfAnyAppends_KeepsAboutTheNewestEvents() => Always.HoldsForLists(
        Gen.ArrayOf(Gen.Choose(1, 5).Zip(Gen.Choose(0, 40)), 400),
        appends =>
        {
            var window = new RollingWindow(Events, Characters);
            var texts = new List<int>();
            var first = 1L;
            foreach (var (events, length) in appends)
            {
                texts.AddRange(Enumerable.Repeat(0, events - 1).Append(length));
                var before = window.RecordAppend(texts.Count, length);

                if (before is not null)
                    Assert.That(before, Is.GreaterThan(first).And.LessThanOrEqualTo(texts.Count), "it grows, and never exceeds the last event");
                first = before ?? first;
                var kept = texts.Count - first + 1;
                Assert.That(kept, Is.LessThanOrEqualTo(Events));
                Assert.That(texts.Skip((int)first - 1).Sum(), Is.LessThanOrEqualTo(Characters));
            }
            if (appends.Sum(append => append.Item1) > Events && appends.Sum(append => append.Item2) < Characters)
                Assert.That(texts.Count - first + 1, Is.GreaterThan(Events * 3 / 4), "most events of the window are kept");
        });

    [Test]
    public void Window_WithOneAppendThatIsLargerThanIt_KeepsThatOne()
    {
        var window = new RollingWindow(Events, Characters);
        window.RecordAppend(10, 100);

        Assert.That(window.RecordAppend(1_000, 100_000), Is.EqualTo(11));
        Assert.That(window.RecordAppend(1_001, 1), Is.Null);
    }

    [Test]
    public async Task Generation_OfASourceWithoutAnEnd_IsTrimmedInsteadOfStopped()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxEventsPerStream = 1_000 });
        var source = new SourceDescription("ticker", "A ticker.") { KeepsEvents = 500 };
        // One append per text.
        static async IAsyncEnumerable<GeneratedText> Generate()
        {
            for (var i = 1; i <= 10_000; i++)
            {
                await Task.Yield();
                yield return $"{i} and some text that fills a page sooner or later. ";
            }
        }

        var streamId = await fixture.StartAsync(source, _ => Generate());
        await Waiting.Until(() => fixture.Runner.Find(streamId) is null, "the generation ended");

        var record = (await fixture.Store.FindAsync(streamId, CancellationToken.None))!;
        Assert.That((record.Ending, record.Extent.Last, record.Segments), Is.EqualTo(((EventKind?)EventKind.Completed, 10_002L, 10_000L)));
        Assert.That(record.Extent.First, Is.GreaterThan(9_000));
    }
}
