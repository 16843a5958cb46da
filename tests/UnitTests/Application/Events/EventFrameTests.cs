using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Application.Events;
using SseStreaming.Domain;
using SseStreaming.Testing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Events;

internal sealed class EventFrameTests
{
    private static readonly StreamId Stream = StreamId.FromBytes(new byte[16]);

    private static readonly Gen<(EventKind Kind, long Sequence, string Text)> Events =
        from kind in Gen.Elements(Enum.GetValues<EventKind>())
        from sequence in Gen.Elements(1L, 9, 10, 12345, long.MaxValue)
        from text in Texts.Any
        select (kind, sequence, text);

    [Test]
    public void Frame_OfASegment_HasAnIdButNoName() =>
        Assert.That(FrameOf(EventKind.Segment, 2, " ipsum"), Is.EqualTo("id: AAAAAAAAAAAAAAAAAAAAAA.2\ndata:  ipsum\n\n"));

    [TestCase(EventKind.Started, "started")]
    [TestCase(EventKind.Completed, "completed")]
    [TestCase(EventKind.Stopped, "stopped")]
    [TestCase(EventKind.Failed, "failed")]
    public void Frame_OfAnyOtherKind_NamesIt(EventKind kind, string name) =>
        Assert.That(FrameOf(kind, 1, "{}"), Is.EqualTo($"id: AAAAAAAAAAAAAAAAAAAAAA.1\nevent: {name}\ndata: {{}}\n\n"));

    [TestCase("", "data: \n")]
    [TestCase("\n", "data: \ndata: \n")]
    [TestCase("a\rb", "data: a\ndata: b\n")]
    [TestCase("a\r\nb", "data: a\ndata: b\n")]
    [TestCase("a\n\rb", "data: a\ndata: \ndata: b\n")]
    [TestCase("\r\r\n", "data: \ndata: \ndata: \n")]
    public void Frame_OfALineBreak_BeginsAnotherDataLine(string text, string lines) =>
        Assert.That(FrameOf(EventKind.Segment, 3, text), Is.EqualTo($"id: AAAAAAAAAAAAAAAAAAAAAA.3\n{lines}\n"));

    [Test]
    public void Frame_OfAnyEvent_IsReadBackEqual() => Always.Holds(Events, item =>
    {
        var frame = Encoding.UTF8.GetBytes(FrameOf(item.Kind, item.Sequence, item.Text));

        var read = Sse.Parse(frame).Single();

        Assert.That(read.Data, Is.EqualTo(Texts.OnTheWire(item.Text)));
        Assert.That(read.EventId, Is.EqualTo(new EventId(Stream, item.Sequence).ToString()));
        Assert.That(read.EventType, Is.EqualTo(item.Kind is EventKind.Segment ? "message" : Encoding.ASCII.GetString(EventFrame.GetName(item.Kind))));
    }, tests: 1_000);

    [TestCase(1, 1_200)]
    [TestCase(9_990, 20)]
    [TestCase(99_999_990, 20)]
    public void Frames_OfConsecutiveSegments_CountOn(long first, int count)
    {
        var page = new EventPage(Stream, first);
        for (var i = 0; i < count; i++)
            page.AddSegment("a");

        var frames = Encoding.UTF8.GetString(page.All.GetFrames().Span);

        Assert.That(frames, Is.EqualTo(string.Concat(Enumerable.Range(0, count).Select(i => $"id: {Stream}.{first + i}\ndata: a\n\n"))));
    }

    [Test]
    public void Frames_OfSegmentsOfAnyLength_AtTheEndOfAPageToo_AreWhole()
    {
        for (var length = 0; length <= 40; length++)
        {
            // Longer than a usual page, so that nothing follows the last segment.
            string[] texts = [new string('x', 700), new string('a', length)];

            var page = EventPage.CreateFor(EventBatch.Create(Stream, 2, [.. texts.Select(text => new StreamEvent(EventKind.Segment, Encoding.UTF8.GetBytes(text)))]));

            Assert.That(Encoding.UTF8.GetString(page.All.GetFrames().Span),
                Is.EqualTo($"id: {Stream}.2\ndata: {texts[0]}\n\nid: {Stream}.3\ndata: {texts[1]}\n\n"));
        }
    }

    [Test]
    public void NameOf_NeverIsTheNameThatEventSourceUsesForItself() =>
        Assert.That(Enum.GetValues<EventKind>().Where(kind => kind is not EventKind.Segment).Select(kind => Encoding.ASCII.GetString(EventFrame.GetName(kind))),
            Has.None.EqualTo("error").And.None.EqualTo("message").And.None.EqualTo("open"));

    private static string FrameOf(EventKind kind, long sequence, string text)
    {
        var page = new EventPage(Stream, sequence);
        page.Add(kind, Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetString(page.All.GetFrames().Span);
    }
}
