using System.Net.ServerSentEvents;
using System.Runtime.InteropServices;
using System.Text;
using FsCheck.Fluent;
using SseStreaming.Application.Events;
using SseStreaming.Domain;
using SseStreaming.Testing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Events;

internal sealed class EventPageTests
{
    private static readonly StreamId Stream = StreamId.New();

    [Test]
    public void Frames_OfAnySegments_AreReadBackEqualAtAnyByteSplitting() =>
        Always.Holds(Texts.Cuttings.Zip(Gen.ArrayOf(Gen.Choose(1, 40))), item =>
        {
            var (texts, pieces) = item;

            var read = Sse.Parse(PageOf(1, texts).All.GetFrames(), pieces);

            Assert.That(read.Select(frame => frame.Data), Is.EqualTo(texts.Select(Texts.OnTheWire)));
            Assert.That(read.Select(frame => frame.EventId), Is.EqualTo(texts.Select((_, i) => new EventId(Stream, i + 1).ToString())));
            Assert.That(read.Select(frame => frame.EventType), Is.All.EqualTo(SseParser.EventTypeDefault));
        }, tests: 500);

    [TestCase(1)]
    [TestCase(4096)]
    [TestCase(int.MaxValue)]
    public void Frames_OfASegmentOfAMegabyte_AreReadBackEqual(int piece)
    {
        var text = string.Concat(Enumerable.Repeat("Wörter, 文, 😀 and\r\nlines.\n", 40_000));

        var read = Sse.Parse(PageOf(7, "before", text, "after").All.GetFrames(), piece);

        Assert.That(read.Select(frame => frame.Data), Is.EqualTo(new[] { "before", Texts.OnTheWire(text), "after" }));
    }

    [Test]
    public void Data_IsThePassageExactly() => Always.HoldsForLists(Texts.Cuttings, texts =>
        Assert.That(Encoding.UTF8.GetString(PageOf(1, texts).All.Data.Span), Is.EqualTo(string.Concat(texts.Select(Texts.WellFormed)))));

    [Test]
    public void Add_OfBatchesCutAnywhere_MakesTheSamePage() =>
        Always.Holds(Texts.Cuttings.Zip(Gen.ArrayOf(Gen.Choose(0, 50))), item =>
        {
            var (texts, cuts) = item;
            var whole = PageOf(1, texts);
            var copy = new EventPage(Stream, 1);

            foreach (var cut in cuts.Append(texts.Length))
            {
                var upTo = whole.After(copy.Count);
                var part = PartOf(whole, copy.Count, Math.Min(upTo.Count, cut));
                if (!part.IsEmpty)
                    copy.Add(part);
            }

            AssertSame(copy.All, whole.All);
        });

    [Test]
    public void After_AnyPosition_IsTheRest() => Always.HoldsForLists(Texts.Cuttings, texts =>
    {
        const long first = 100;
        var page = PageOf(first, texts);

        for (var seen = 0; seen <= texts.Length; seen++)
        {
            var rest = page.After(first - 1 + seen);

            Assert.That(rest.Count, Is.EqualTo(texts.Length - seen));
            Assert.That(Encoding.UTF8.GetString(rest.Data.Span), Is.EqualTo(string.Concat(texts.Skip(seen).Select(Texts.WellFormed))));
            if (rest.IsEmpty)
                continue;
            Assert.That((rest.First, rest.Last), Is.EqualTo((first + seen, first + texts.Length - 1)));
        }
    }, tests: 100);

    [Test]
    public void After_PositionsOutsideOfThePage_IsClampedToIt()
    {
        var page = PageOf(10, "a", "b");

        Assert.That(page.After(0).Count, Is.EqualTo(2));
        Assert.That(page.After(11).IsEmpty, Is.True);
        Assert.That(page.After(1_000).IsEmpty, Is.True);
    }

    [Test]
    public void Add_OfABatchThatDoesNotFollow_Throws()
    {
        var page = PageOf(1, "a", "b");

        Assert.That(() => page.Add(PageOf(4, "d").All), Throws.ArgumentException);
        Assert.That(() => page.Add(PageOf(2, "b").All), Throws.ArgumentException);
        Assert.That(page.Count, Is.EqualTo(2));
    }

    [Test]
    public void Slices_TakenBefore_DoNotChangeAsThePageGrows()
    {
        var page = PageOf(1, "first");
        var slice = page.All;
        var data = slice.Data;
        var (framesThen, dataThen) = (slice.GetFrames().ToArray(), data.ToArray());

        for (var i = 0; i < 1_000; i++)
            page.AddSegment("and another one");

        Assert.That(slice.Count, Is.EqualTo(1));
        Assert.That(slice.GetFrames().ToArray(), Is.EqualTo(framesThen));
        Assert.That(data.ToArray(), Is.EqualTo(dataThen));
    }

    [Test]
    public async Task All_WhileAWriterAdds_ShowsOnlyCompleteEventsInOrder()
    {
        const int events = 20_000;
        var page = new EventPage(Stream, 1);

        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadToTheEnd(page, events))).ToList();
        await Task.Run(() =>
        {
            for (var i = 1; i <= events; i++)
                page.AddSegment(TextOf(i));
        }).Soon();

        foreach (var reader in readers)
            Assert.That(await reader.Soon(), Is.EqualTo(events));
    }

    [Test]
    public void Reset_OfALargePage_ReleasesItsMemory()
    {
        var page = PageOf(1, new string('x', 1_000_000));

        page.Reset(Stream, 2);

        Assert.That(page.Footprint, Is.LessThan(64 * 1024));
        Assert.That(page.Count, Is.Zero);
    }

    [Test]
    public void Reset_ThenFilledAgain_HoldsOnlyTheNewEvents()
    {
        var page = PageOf(1, "old", "older");

        page.Reset(Stream, 3);
        page.AddSegment("new");

        AssertSame(page.All, PageOf(3, "new").All);
    }

    [Test]
    public void Pages_ToKeep_AreOldFromTheStart_SoThatNothingMovesThem()
    {
        var onTheWay = PageOf(1, new string('x', 10_000));

        var kept = EventPage.CreateFor(onTheWay.All);

        Assert.That(AgeOf(kept), Is.EqualTo(GC.MaxGeneration));
        Assert.That(AgeOf(onTheWay), Is.Not.EqualTo(GC.MaxGeneration), "What is soon forgotten would only fill the old generation.");
    }

    [TestCase(1, " word")]
    [TestCase(2, " word")]
    [TestCase(1, " a somewhat longer piece of text")]
    public void Page_ThatGrowsEventByEvent_BeginsSmallAndEndsUsual(long first, string text)
    {
        var page = EventPage.CreateFor(PageOf(first, text).All);
        Assert.That(page.Footprint, Is.LessThan(1_300));

        while (!page.IsFull)
            page.Add(PageOf(page.First + page.Count, text).All);

        Assert.That(page.Footprint, Is.LessThan(4_500));
    }

    private static int AgeOf(EventPage page)
    {
        Assert.That(MemoryMarshal.TryGetArray(page.All.Data, out var data), Is.True);
        return GC.GetGeneration(data.Array!);
    }

    private static int ReadToTheEnd(EventPage page, int events)
    {
        var seen = 0;
        while (seen < events)
        {
            var batch = page.After(seen);
            if (batch.IsEmpty)
                continue;
            var frames = Sse.Parse(batch.GetFrames());
            if (frames.Count != batch.Count)
                return -1;
            for (var i = 0; i < batch.Count; i++)
            {
                seen++;
                if (frames[i].Data != TextOf(seen)
                    || frames[i].EventId != new EventId(Stream, seen).ToString()
                    || Encoding.UTF8.GetString(batch[i].Data.Span) != TextOf(seen))
                    return -seen;
            }
        }
        return seen;
    }

    private static string TextOf(int sequence) => $"{new string((char)('a' + (sequence % 26)), sequence % 50)}{sequence}";

    private static EventPage PageOf(long first, params string[] texts)
    {
        var page = new EventPage(Stream, first);
        foreach (var text in texts)
            page.AddSegment(text);
        return page;
    }

    /// <summary>A batch of some of the events, with a page of its own.</summary>
    private static EventBatch PartOf(EventPage page, int start, int count) =>
        EventBatch.Create(Stream, page.First + start, [.. Enumerable.Range(start, count).Select(i => page.All[i])]);

    private static void AssertSame(EventBatch actual, EventBatch expected)
    {
        Assert.That(actual.Count, Is.EqualTo(expected.Count));
        Assert.That(actual.GetFrames().ToArray(), Is.EqualTo(expected.GetFrames().ToArray()));
        Assert.That(actual.Data.ToArray(), Is.EqualTo(expected.Data.ToArray()));
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.That(actual[i].Kind, Is.EqualTo(expected[i].Kind));
            Assert.That(actual[i].Data.ToArray(), Is.EqualTo(expected[i].Data.ToArray()));
        }
    }
}
