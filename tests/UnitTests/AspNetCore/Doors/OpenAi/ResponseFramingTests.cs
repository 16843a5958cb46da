using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Doors.OpenAi;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.OpenAi;

internal sealed class ResponseFramingTests
{
    [Test]
    public void Frames_OfAnyText_HaveTheTextAndNumbersWithoutAGap() => Always.HoldsForLists(Texts.Cuttings, texts =>
    {
        var fixture = Create(texts);

        var frames = Parse(fixture.WriteAsync(viewer => Framing(fixture, viewer, -1)).Result);

        var text = string.Concat(texts.Select(Texts.WellFormed));
        Assert.That(frames.Select(frame => frame.GetProperty("sequence_number").GetInt64()), Is.EqualTo(Enumerable.Range(0, texts.Length + 8)));
        Assert.That(string.Concat(frames.Where(IsDelta).Select(frame => frame.GetProperty("delta").GetString())), Is.EqualTo(text));
        Assert.That(frames[^4].GetProperty("text").GetString(), Is.EqualTo(text));
        Assert.That(frames[^3].GetProperty("part").GetProperty("text").GetString(), Is.EqualTo(text));
        Assert.That(frames[^2].GetProperty("item").GetProperty("content")[0].GetProperty("text").GetString(), Is.EqualTo(text));
        Assert.That(frames[^1].GetProperty("response").GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString(), Is.EqualTo(text));
    });

    [Test]
    public void Frames_AfterAnyNumber_AreTheRest() => Always.HoldsForLists(Texts.Cuttings, texts =>
    {
        var fixture = Create(texts);
        var whole = fixture.WriteAsync(viewer => Framing(fixture, viewer, -1)).Result.Split("\n\n");
        var state = State(fixture);

        for (var after = -1L; after <= ResponseSequence.GetLast(state); after++)
        {
            var rest = fixture.WriteAsync(viewer => Framing(fixture, viewer, after), ResponseSequence.GetEventBefore(after, state)).Result;

            Assert.That(rest, Is.EqualTo(string.Join("\n\n", whole.Skip((int)after + 1))));
        }
    }, tests: 30);

    [TestCase(ViewerEnd.Finished, false)]
    [TestCase(ViewerEnd.Stopping, true)]
    [TestCase(ViewerEnd.ConnectionAgeReached, true)]
    [TestCase(ViewerEnd.AccessExpired, true)]
    [TestCase(ViewerEnd.Expired, true)]
    public void Response_ThatEndsEarly_IsBrokenOff(ViewerEnd end, bool isBrokenOff)
    {
        var fixture = Create([]);

        Assert.That(Framing(fixture, fixture.View(0), -1).BreaksOff(end), Is.EqualTo(isBrokenOff));
    }

    [TestCaseSource(nameof(Ends))]
    public async Task End_HasItsStatus(StreamEvent terminal, string type, string status, string itemStatus)
    {
        var fixture = new FramingFixture(EventData.Started(StreamId.New(), "lorem"), Segment("text"), terminal);

        var frames = Parse(await fixture.WriteAsync(viewer => Framing(fixture, viewer, -1)));

        Assert.That(frames[^1].GetProperty("type").GetString(), Is.EqualTo(type));
        Assert.That(frames[^1].GetProperty("response").GetProperty("status").GetString(), Is.EqualTo(status));
        Assert.That(frames[^2].GetProperty("item").GetProperty("status").GetString(), Is.EqualTo(itemStatus));
        Assert.That(frames[^1].GetProperty("response").GetProperty("error").ValueKind, Is.EqualTo(status == "failed" ? JsonValueKind.Object : JsonValueKind.Null));
        Assert.That(frames[^1].GetProperty("response").GetProperty("incomplete_details").ValueKind,
            Is.EqualTo(status == "incomplete" ? JsonValueKind.Object : JsonValueKind.Null));
    }

    private static IEnumerable<TestCaseData> Ends() =>
    [
        new(EventData.Completed(1, 4, GenerationFinish.Stop), "response.completed", "completed", "completed"),
        new(EventData.Completed(1, 4, new GenerationFinish("tool_calls")), "response.incomplete", "incomplete", "incomplete"),
        new(EventData.Completed(1, 4, new GenerationFinish("unknown")), "response.incomplete", "incomplete", "incomplete"),
        new(EventData.Completed(1, 4, new GenerationFinish("length")), "response.incomplete", "incomplete", "incomplete"),
        new(EventData.Completed(1, 4, new GenerationFinish("content_filter")), "response.incomplete", "incomplete", "incomplete"),
        new(EventData.Stopped(1, 4, StopReason.Limit), "response.incomplete", "incomplete", "incomplete"),
        new(EventData.Stopped(1, 4, StopReason.Requested), "response.incomplete", "cancelled", "incomplete"),
        new(EventData.Stopped(1, 4, StopReason.Abandoned), "response.incomplete", "cancelled", "incomplete"),
        new(EventData.Failed(1, 4, ProblemTypes.UpstreamTimeout, "Title.", "Detail."), "response.failed", "failed", "incomplete"),
    ];

    private static FramingFixture Create(string[] texts) => new(
    [
        EventData.Started(StreamId.New(), "lorem"),
        .. texts.Select(Segment),
        EventData.Completed(texts.Length, 0, GenerationFinish.Stop),
    ]);

    private static StreamEvent Segment(string text) => new(EventKind.Segment, System.Text.Encoding.UTF8.GetBytes(text));

    private static ResponseFraming Framing(FramingFixture fixture, StreamViewer viewer, long after) =>
        new(new ResponseObject(State(fixture)), viewer, after);

    private static StreamState State(FramingFixture fixture) => new(
        fixture.StreamId, "lorem", StreamStatus.Completed, DateTimeOffset.UnixEpoch, 0, 0, 0, new EventId(fixture.StreamId, fixture.Last), "stop");

    private static bool IsDelta(JsonElement frame) => frame.GetProperty("type").GetString() == "response.output_text.delta";

    private static List<JsonElement> Parse(string body) =>
        [.. body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(frame => JsonSerializer.Deserialize<JsonElement>(frame.Split("\ndata: ")[1]))];
}
