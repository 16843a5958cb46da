using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class PieceTests
{
    private static readonly StreamId Stream = StreamId.New();

    [Test]
    public void Body_IsTheTextOfTheSegments()
    {
        var piece = Create(isJson: false, EventData.Started(Stream, "external"), Segment("a\r"), Segment("b\n"), EventData.Completed(2, 4, GenerationFinish.Stop));

        Assert.That(Body(piece), Is.EqualTo("a\rb\n"));
        Assert.That((piece.Last, piece.EndsStream, piece.Length), Is.EqualTo((4, true, 4)));
    }

    [TestCase("[]")]
    [TestCase("[1]", "1\n")]
    [TestCase("[1,\"two\",3]", "1\n", "\"t", "wo\"\n", "3\n")]
    public void Body_IsAnArrayOfMessages(string expected, params string[] segments) =>
        Assert.That(Body(Create(isJson: true, [EventData.Started(Stream, "external"), .. segments.Select(Segment)])), Is.EqualTo(expected));

    [Test]
    public void Piece_IsFull_ButNeverInsideAMessage([Values] bool isJson)
    {
        var piece = Create(isJson, Segment(new string('x', 300_000)));
        Assert.That(piece.IsFull, Is.Not.EqualTo(isJson));

        piece.Add(EventBatch.Create(Stream, 2, Segment("\n")));
        Assert.That(piece.IsFull);
    }

    [TestCase("[1]", 2, "1\n", "\"t", "wo")]
    [TestCase("[]", 1, "\"t", "wo")]
    [TestCase("[1,2]", 3, "1\n", "2\n")]
    public void PartialMessage_IsDropped(string expected, int last, params string[] segments)
    {
        var piece = new Piece(0, isJson: true);
        piece.Add(EventBatch.Create(Stream, 1, EventData.Started(Stream, "external")));
        for (var i = 0; i < segments.Length; i++)
            piece.Add(EventBatch.Create(Stream, i + 2, Segment(segments[i])));

        piece.DropPartialMessage();

        Assert.That((Body(piece), piece.Last, piece.HasText), Is.EqualTo((expected, (long)last, expected != "[]")));
    }

    [Test]
    public void Piece_WithoutEvents_IsAtItsBeginning()
    {
        var piece = new Piece(7, isJson: false);

        Assert.That((piece.Last, piece.EndsStream, piece.HasText, Body(piece)), Is.EqualTo((7, false, false, "")));
    }

    private static Piece Create(bool isJson, params StreamEvent[] events)
    {
        var piece = new Piece(0, isJson);
        piece.Add(EventBatch.Create(Stream, 1, events));
        return piece;
    }

    private static string Body(Piece piece) => string.Concat(piece.GetBody().Select(part => Encoding.UTF8.GetString(part.Span)));

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));
}
