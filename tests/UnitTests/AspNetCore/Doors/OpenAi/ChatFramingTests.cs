using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.AspNetCore.Doors.OpenAi;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.OpenAi;

internal sealed class ChatFramingTests
{
    [Test]
    public void Chunks_OfAnyText_HaveTheText() => Always.HoldsForLists(Texts.Cuttings, texts =>
    {
        var (body, _) = Write(texts, EventData.Completed(texts.Length, 0, GenerationFinish.Stop));

        var frames = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.That(frames[^1], Is.EqualTo("data: [DONE]"));
        var deltas = frames.SkipLast(1).Select(frame => JsonSerializer.Deserialize<JsonElement>(frame["data: ".Length..]).GetProperty("choices")[0].GetProperty("delta"));
        Assert.That(string.Concat(deltas.Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : "")),
            Is.EqualTo(string.Concat(texts.Select(Texts.WellFormed))));
    });

    [TestCaseSource(nameof(Ends))]
    public void End_HasItsFinishReason_OrIsBrokenOff(StreamEvent terminal, string? finishReason, string? code)
    {
        var (body, isBrokenOff) = Write(["text"], terminal);

        Assert.That(isBrokenOff, Is.EqualTo(finishReason is null));
        Assert.That(body.Contains("[DONE]", StringComparison.Ordinal), Is.EqualTo(finishReason is not null));
        Assert.That(body, Does.Contain(finishReason is null ? $"\"code\":\"{code}\"" : $"\"finish_reason\":\"{finishReason}\""));
    }

    private static IEnumerable<TestCaseData> Ends() =>
    [
        new(EventData.Completed(1, 4, GenerationFinish.Stop), "stop", null),
        new(EventData.Completed(1, 4, new GenerationFinish("unknown")), "unknown", null),
        new(EventData.Completed(1, 4, new GenerationFinish("tool_calls")), "tool_calls", null),
        new(EventData.Completed(1, 4, new GenerationFinish("length")), "length", null),
        new(EventData.Completed(1, 4, new GenerationFinish("content_filter")), "content_filter", null),
        new(EventData.Stopped(1, 4, StopReason.Limit), "length", null),
        new(EventData.Stopped(1, 4, StopReason.Requested), null, "stopped"),
        new(EventData.Stopped(1, 4, StopReason.Abandoned), null, "stopped"),
        new(EventData.Failed(1, 4, ProblemTypes.UpstreamTimeout, "Title.", "Detail."), null, "upstream-timeout"),
    ];

    private static (string Body, bool IsBrokenOff) Write(string[] texts, StreamEvent terminal)
    {
        var fixture = new FramingFixture(
        [
            EventData.Started(StreamId.New(), "lorem"),
            .. texts.Select(text => new StreamEvent(EventKind.Segment, Encoding.UTF8.GetBytes(text))),
            terminal,
        ]);
        var state = new StreamState(
            fixture.StreamId, "lorem", StreamStatus.Running, DateTimeOffset.UnixEpoch, 0, 0, 0, new EventId(fixture.StreamId, fixture.Last), null);
        var framing = new ChatFraming(state, includesUsage: false);
        return (fixture.WriteAsync(_ => framing).Result, framing.BreaksOff(ViewerEnd.Finished));
    }
}
