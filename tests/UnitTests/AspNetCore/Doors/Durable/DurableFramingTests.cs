using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.Durable;

internal sealed class DurableFramingTests
{
    private const string Prefix = "0000000000001000_000000000000000";

    [Test]
    public async Task Frames_OfAStreamThatGoesOn_AreUpToDateAtTheEnd()
    {
        var fixture = new FramingFixture(EventData.Started(StreamId.New(), "external"), Segment("a"), Segment(" b"), Segment("c"));

        // The stream had three events when the response began.
        var frames = await fixture.WriteAsync(_ => Create(fixture, last: 3, after: 0, DurableContent.Utf8Text));

        Assert.That(frames, Is.EqualTo($$"""
            event: data
            data:a

            event: control
            data:{"streamNextOffset":"{{Prefix}}2","streamCursor":"7"}

            event: data
            data:  b

            event: control
            data:{"streamNextOffset":"{{Prefix}}3","streamCursor":"7"}

            event: data
            data:c

            event: control
            data:{"streamNextOffset":"{{Prefix}}4","streamCursor":"7","upToDate":true}


            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Frames_OfAnEmptyStream_AreOneControlEvent()
    {
        var fixture = new FramingFixture(EventData.Started(StreamId.New(), "external"));

        var frames = await fixture.WriteAsync(_ => Create(fixture, last: 1, after: 0, DurableContent.Utf8Text));

        Assert.That(frames, Is.EqualTo($"event: control\ndata:{{\"streamNextOffset\":\"{Prefix}1\",\"streamCursor\":\"7\",\"upToDate\":true}}\n\n"));
    }

    [TestCase(3, 3, false, true)]
    [TestCase(2, 3, false, false)]
    [TestCase(3, 3, true, false)]
    public async Task Start_OfAResponseAtTheEnd_IsAControlEvent(long after, long last, bool isClosed, bool expected)
    {
        var response = new TestResponse();
        var fixture = new FramingFixture();
        var writer = new ResponseWriter(
            response.Context.Response.BodyWriter, TimeSpan.FromMinutes(1), TimeProvider.System, new ViewerMetrics(new Meters(), TimeProvider.System), default, default);

        Create(fixture, last, after, DurableContent.Utf8Text, isClosed).WriteStart(writer);
        await writer.FlushAsync();

        var written = Encoding.UTF8.GetString(await response.ReadRestAsync());
        Assert.That(written, Is.EqualTo(expected
            ? $"event: control\ndata:{{\"streamNextOffset\":\"{Prefix}3\",\"streamCursor\":\"7\",\"upToDate\":true}}\n\n"
            : ""));
    }

    [Test]
    public async Task End_IsAControlEventWithoutACursor()
    {
        var fixture = new FramingFixture(EventData.Started(StreamId.New(), "external"), EventData.Completed(0, 0, new GenerationFinish("stop")));

        var frames = await fixture.WriteAsync(_ => Create(fixture, last: 2, after: 1, DurableContent.Utf8Text, isClosed: true), after: 1);

        Assert.That(frames, Is.EqualTo($"event: control\ndata:{{\"streamNextOffset\":\"{Prefix}2\",\"streamClosed\":true}}\n\n"));
    }

    [Test]
    public async Task Messages_AreArrays()
    {
        var fixture = new FramingFixture(EventData.Started(StreamId.New(), "external"), Segment("{\"a\": 1}\n"), Segment(" 2\n"));

        var frames = await fixture.WriteAsync(_ => Create(fixture, last: 3, after: 0, new DurableContent("application/json")));

        Assert.That(frames.Split("\n").Where(line => line.StartsWith("data:[", StringComparison.Ordinal)), Is.EqualTo(new[] { "data:[{\"a\": 1}]", "data:[ 2]" }));
    }

    [Test]
    public async Task Message_OfSeveralSegments_IsOneEvent()
    {
        var fixture = new FramingFixture(EventData.Started(StreamId.New(), "external"), Segment("\"a"), Segment("  b"), Segment(" \"\n"), Segment("2\n"));

        var frames = await fixture.WriteAsync(_ => Create(fixture, last: 5, after: 0, new DurableContent("application/json")));

        Assert.That(frames, Is.EqualTo($$"""
            event: data
            data:["a  b "]

            event: control
            data:{"streamNextOffset":"{{Prefix}}4","streamCursor":"7"}

            event: data
            data:[2]

            event: control
            data:{"streamNextOffset":"{{Prefix}}5","streamCursor":"7","upToDate":true}


            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Data_OfAnyText_IsTheTextExceptForItsLineEnds() => Always.HoldsForLists(Texts.Cuttings, texts =>
    {
        var fixture = new FramingFixture([EventData.Started(StreamId.New(), "external"), .. texts.Select(Segment)]);

        var frames = Sse.Parse(Encoding.UTF8.GetBytes(
            fixture.WriteAsync(_ => Create(fixture, fixture.Last, after: 0, DurableContent.Utf8Text)).Result));

        Assert.That(frames.Where(frame => frame.EventType == "data").Select(frame => frame.Data), Is.EqualTo(texts.Select(Texts.OnTheWire)));
        Assert.That(
            frames.Where(frame => frame.EventType == "control").Select(frame => JsonDocument.Parse(frame.Data).RootElement.GetProperty("streamNextOffset").GetString()),
            Is.Ordered.Using<string>(string.CompareOrdinal));
        Assert.That(frames.Count(frame => frame.EventType == "control"), Is.EqualTo(Math.Max(1, texts.Length)));
    });

    [Test]
    public void NoEnd_BreaksTheResponseOff() =>
        Assert.That(Enum.GetValues<ViewerEnd>().Any(Create(new FramingFixture(), 1, 0, DurableContent.Utf8Text).BreaksOff), Is.False);

    private static DurableFraming Create(FramingFixture fixture, long last, long after, DurableContent content, bool isClosed = false)
    {
        var state = new StreamState(
            fixture.StreamId, "external", isClosed ? StreamStatus.Completed : StreamStatus.Running, DateTimeOffset.FromUnixTimeMilliseconds(1000), 0, 0, 0,
            new EventId(fixture.StreamId, last), null);
        return new DurableFraming(new DurableStream(state, content), after, cursor: "7");
    }

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));
}
