using System.Buffers;
using System.Text;
using FsCheck.Fluent;
using SseStreaming.Application.Events;
using SseStreaming.Domain;
using SseStreaming.Testing;
using SseStreaming.UnitTests.Testing;

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
        Assert.That(batch.GetFrames().IsEmpty, Is.True);
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

    [Test]
    public void WriteFrames_WithBuffersOfAnySize_WritesTheSame() =>
        Always.Holds(Texts.Cuttings.Zip(Gen.Choose(1, 300)), item =>
        {
            var (texts, bufferSize) = item;
            var page = new EventPage(Stream, 998);
            foreach (var text in texts.Append(new string('x', 3_000)).Append("y"))
                page.AddSegment(text);
            var writer = new TightWriter(bufferSize);

            page.All.WriteFrames(writer);

            Assert.That(writer.Written.ToArray(), Is.EqualTo(page.All.GetFrames().ToArray()));
        });

    [Test]
    public void AgreesWith_ABatch_ComparesTheEventsThatBothHave()
    {
        var batch = EventBatch.Create(Stream, 5, Segment("a"), Segment("b"), Segment("c"));

        Assert.That(batch.AgreesWith(EventBatch.Create(Stream, 5, Segment("a"), Segment("b"))), Is.True);
        Assert.That(EventBatch.Create(Stream, 5, Segment("a")).AgreesWith(batch), Is.True);
        Assert.That(batch.AgreesWith(EventBatch.Create(Stream, 5, Segment("ab"), Segment("c"))), Is.False, "The same text, cut elsewhere.");
        Assert.That(batch.AgreesWith(EventBatch.Create(Stream, 4, Segment("a"))), Is.False);
        Assert.That(batch.AgreesWith(EventBatch.Create(Stream, 5, new StreamEvent(EventKind.Completed, "a"u8.ToArray()))), Is.False);
        Assert.That(batch.AgreesWith(default), Is.False);
        Assert.That(default(EventBatch).AgreesWith(batch), Is.False);
    }

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));

    /// <summary>Gives buffers of one size, or as large as is required.</summary>
    private sealed class TightWriter(int size) : IBufferWriter<byte>
    {
        private byte[] _buffer = [];

        public List<byte> Written { get; } = [];

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer = new byte[Math.Max(size, sizeHint)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public void Advance(int count) => Written.AddRange(_buffer.AsSpan(0, count));
    }

    private static string TextOf(EventBatch batch) => Encoding.UTF8.GetString(batch.Segments.Data.Span);
}
