using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SseStreaming.Application.Events;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using SseStreaming.Testing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Stores;

internal sealed class EventBlockTests
{
    private static readonly StreamId Stream = StreamId.New();

    private static readonly Gen<StreamEvent[]> Events = Gen.NonEmptyListOf(
        from kind in Gen.Elements(Enum.GetValues<EventKind>())
        from text in Texts.Any.Or(Gen.Choose(120, 20_000).Select(length => new string('x', length)))
        select new StreamEvent(kind, Encoding.UTF8.GetBytes(text))).Select(events => events.ToArray());

    [Test]
    public void Block_OfAnyEvents_IsDecodedToTheSameFrames() => Always.HoldsForLists(Events, events =>
    {
        if (events.Length == 0)
            return;
        var batch = EventBatch.Create(Stream, 5, events);
        var page = new EventPage(Stream, 5);

        EventBlock.Decode(EventBlock.Encode(batch), first: 5, page);

        Assert.That(page.All.GetFrames().Span.SequenceEqual(batch.GetFrames().Span), Is.True);
        Assert.That(page.All.Data.Span.SequenceEqual(batch.Data.Span), Is.True);
    });

    [Test]
    public void Block_DecodedFromTheMiddle_LeavesOutTheFirstEvents()
    {
        var page = new EventPage(Stream, 7);

        EventBlock.Decode(EventBlock.Encode(EventBatch.Create(Stream, 5, Segment("a"), Segment("b"), Segment("c"))), first: 5, page);

        Assert.That((page.Count, Encoding.UTF8.GetString(page.All.Data.Span)), Is.EqualTo((1, "c")));
    }

    [Test]
    public void Block_CutAnywhere_IsDamagedOrEndsBetweenTwoEvents()
    {
        var block = EventBlock.Encode(EventBatch.Create(Stream, 1, Segment("first"), Segment(new string('x', 300)), Segment("")));
        int[] ends = [0, 7, 7 + 303];
        for (var length = 0; length < block.Length; length++)
        {
            var page = new EventPage(Stream, 1);
            var cut = block[..length];

            if (ends.Contains(length))
                EventBlock.Decode(cut, first: 1, page);
            else
                Assert.That(() => EventBlock.Decode(cut, first: 1, page), Throws.InstanceOf<InvalidDataException>(), $"{length} bytes");
        }
    }

    [Test]
    public void Block_OfAnyBytes_IsDecodedOrReportedAsDamaged() => Always.Holds(Gen.ArrayOf(Gen.Choose(0, 255)), bytes =>
    {
        try
        {
            EventBlock.Decode([.. bytes.Select(value => (byte)value)], first: 1, new EventPage(Stream, 1));
        }
        catch (InvalidDataException)
        {
        }
    }, tests: 2_000);

    [TestCase(6)]
    [TestCase(7)]
    public void Block_AfterAGap_IsAnError(long first) =>
        Assert.That(() => EventBlock.Decode(EventBlock.Encode(EventBatch.Create(Stream, first, Segment("a"))), first, new EventPage(Stream, 5)),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("Event 5"));

    [Test]
    public void Block_ThatOverlapsThePage_IsAnError()
    {
        var page = new EventPage(Stream, 5);
        EventBlock.Decode(EventBlock.Encode(EventBatch.Create(Stream, 5, Segment("a"), Segment("b"))), first: 5, page);

        Assert.That(() => EventBlock.Decode(EventBlock.Encode(EventBatch.Create(Stream, 6, Segment("b"), Segment("c"))), first: 6, page),
            Throws.InstanceOf<InvalidDataException>());
    }

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));
}
