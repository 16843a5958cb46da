using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Application.Events;

internal sealed class EventBatchTests
{
    private static readonly StreamId Stream = StreamId.New();

    [Test]
    public void Default_IsAnEmptyBatch()
    {
        EventBatch batch = default;

        Assert.That(batch.IsEmpty, Is.True);
        Assert.That(batch.EndsStream, Is.False);
        Assert.That(batch.Frames.IsEmpty, Is.True);
        Assert.That(batch.Data.IsEmpty, Is.True);
        Assert.That(batch.Segments.IsEmpty, Is.True);
        Assert.That(batch.Characters, Is.Zero);
    }

    [Test]
    public void Stream_OfAnEmptyBatch_Throws() =>
        Assert.That(() => default(EventBatch).StreamId, Throws.InvalidOperationException);

    [Test]
    public void Of_Events_CountsFromTheFirst()
    {
        var batch = EventBatch.Create(Stream, 5, Segment("a"), Segment("b"), Segment("c"));

        Assert.That((batch.StreamId, batch.First, batch.Last, batch.Count), Is.EqualTo((Stream, 5L, 7L, 3)));
    }

    [Test]
    public void Indexer_OutsideOfTheBatch_ThrowsAlsoWhenThePageHasMore()
    {
        var page = new EventPage(Stream, 1);
        page.AddSegment("a");
        var batch = page.All;
        page.AddSegment("b");

        Assert.That(() => batch[1], Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => batch[-1], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(EventKind.Segment, false)]
    [TestCase(EventKind.Started, false)]
    [TestCase(EventKind.Completed, true)]
    [TestCase(EventKind.Stopped, true)]
    [TestCase(EventKind.Failed, true)]
    public void EndsStream_DependsOnTheLastEvent(EventKind last, bool expected) =>
        Assert.That(EventBatch.Create(Stream, 1, new StreamEvent(last, "{}"u8.ToArray())).EndsStream, Is.EqualTo(expected));

    [Test]
    public void Segments_LeaveOutTheFirstAndTheTerminalEvent()
    {
        var started = new StreamEvent(EventKind.Started, "{}"u8.ToArray());
        var completed = new StreamEvent(EventKind.Completed, "{}"u8.ToArray());

        Assert.That(TextOf(EventBatch.Create(Stream, 1, started)), Is.Empty);
        Assert.That(TextOf(EventBatch.Create(Stream, 1, started, completed)), Is.Empty);
        Assert.That(TextOf(EventBatch.Create(Stream, 1, started, Segment("a"), Segment("b"), completed)), Is.EqualTo("ab"));
        Assert.That(TextOf(EventBatch.Create(Stream, 2, Segment("a"), completed)), Is.EqualTo("a"));
        Assert.That(TextOf(EventBatch.Create(Stream, 3, completed)), Is.Empty);
        Assert.That(TextOf(EventBatch.Create(Stream, 2, Segment("a"), Segment(""))), Is.EqualTo("a"));
    }

    [Test]
    public void Characters_AreUtf16CodeUnits() =>
        Assert.That(EventBatch.Create(Stream, 2, Segment("é"), Segment("😀"), Segment("文\r\n")).Characters, Is.EqualTo("é😀文\r\n".Length));

    [Test]
    public void Until_AnEventOfTheBatch_EndsWithIt()
    {
        var batch = EventBatch.Create(Stream, 5, Segment("a"), Segment("b"), Segment("c"));

        Assert.That(TextOf(batch.UpTo(6)), Is.EqualTo("ab"));
        Assert.That((batch.UpTo(7).First, batch.UpTo(7).Last), Is.EqualTo((5L, 7L)));
    }

    [TestCase(4)]
    [TestCase(8)]
    public void Until_AnEventThatIsNotInTheBatch_Throws(long last) =>
        Assert.That(() => EventBatch.Create(Stream, 5, Segment("a"), Segment("b"), Segment("c")).UpTo(last), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));

    private static string TextOf(EventBatch batch) => Encoding.UTF8.GetString(batch.Segments.Data.Span);
}
