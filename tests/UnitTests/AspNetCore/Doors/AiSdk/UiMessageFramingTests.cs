using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.AspNetCore.Doors.AiSdk;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.AiSdk;

internal sealed class UiMessageFramingTests
{
    private static readonly StreamId Stream = StreamId.New();

    private static string Start => $$$"""
        data: {"type":"start","messageId":"{{{Stream}}}","messageMetadata":{"streamId":"{{{Stream}}}","source":"lorem"}}

        data: {"type":"start-step"}

        data: {"type":"text-start","id":"text"}


        """;

    [Test]
    public async Task Frames_OfAWholeStream_AreThoseOfTheProtocol()
    {
        var frames = await WriteAsync(1,
            EventData.Started(Stream, "lorem"), Segment("Lorem"), Segment(" \"ipsum\"\r\n"), EventData.Completed(2, 16, new GenerationFinish("stop")));

        Assert.That(frames, Is.EqualTo(Start + """
            data: {"type":"text-delta","id":"text","delta":"Lorem"}

            data: {"type":"text-delta","id":"text","delta":" \"ipsum\"\r\n"}

            data: {"type":"text-end","id":"text"}

            data: {"type":"finish-step"}

            data: {"type":"finish","finishReason":"stop","messageMetadata":{"segments":2,"characters":16,"finishReason":"stop"}}

            data: [DONE]


            """));
    }

    [TestCase("stop", "stop")]
    [TestCase("length", "length")]
    [TestCase("content_filter", "content-filter")]
    [TestCase("tool_calls", "other")]
    [TestCase("a \"word\" of its own", "other")]
    public async Task Completed_HasAFinishReasonThatAllVersionsKnow(string reason, string expected)
    {
        var finish = (await ChunksAsync(EventData.Completed(2, 16, new GenerationFinish(reason))))[2];

        Assert.That(finish.GetProperty("finishReason").GetString(), Is.EqualTo(expected));
        Assert.That(finish.GetProperty("messageMetadata").GetProperty("finishReason").GetString(), Is.EqualTo(reason));
    }

    [Test]
    public async Task Completed_HasTheUsageOfTheSource()
    {
        var usage = new GenerationUsage(3, 4, 7);

        var finish = (await ChunksAsync(EventData.Completed(2, 16, new GenerationFinish("stop") { Usage = usage })))[2];

        Assert.That(finish.GetProperty("messageMetadata").GetProperty("usage").Deserialize<GenerationUsage>(JsonSerializerOptions.Web), Is.EqualTo(usage));
    }

    [Test]
    public async Task Stopped_ByALimit_IsAFinish() =>
        Assert.That(await WriteAsync(9, EventData.Stopped(7, 30, StopReason.Limit)), Is.EqualTo("""
            data: {"type":"text-end","id":"text"}

            data: {"type":"finish-step"}

            data: {"type":"finish","finishReason":"length","messageMetadata":{"segments":7,"characters":30,"finishReason":"length"}}

            data: [DONE]


            """));

    [TestCase(StopReason.Requested, "requested")]
    [TestCase(StopReason.Abandoned, "abandoned")]
    public async Task Stopped_IsAnAbort(StopReason reason, string expected) =>
        Assert.That(await WriteAsync(9, EventData.Stopped(7, 30, reason)), Is.EqualTo($$"""
            data: {"type":"text-end","id":"text"}

            data: {"type":"abort","reason":"{{expected}}"}

            data: [DONE]


            """));

    [Test]
    public async Task Failed_IsAnErrorWithTitleAndDetail()
    {
        var chunks = await ChunksAsync(EventData.Failed(7, 30, "urn:x", "The \"model\" failed.", "It said:\nno."));

        Assert.That(chunks[1].GetProperty("type").GetString(), Is.EqualTo("error"));
        Assert.That(chunks[1].GetProperty("errorText").GetString(), Is.EqualTo("The \"model\" failed. It said:\nno."));
    }

    [Test]
    public void Deltas_OfAnyText_AreThePassageExactly() => Always.HoldsForLists(Texts.Cuttings, texts =>
    {
        var frames = Sse.Parse(Encoding.UTF8.GetBytes(WriteAsync(2, [.. texts.Select(Segment)]).Result));

        Assert.That(frames.Select(frame => frame.EventId), Is.All.Null);
        Assert.That(frames.Select(frame => JsonDocument.Parse(frame.Data).RootElement.GetProperty("delta").GetString()), Is.EqualTo(texts.Select(Texts.WellFormed)));
    });

    [Test]
    public void Frames_DoNotDependOnTheBatches() => Always.Holds(Texts.Cuttings.Zip(Gen.Choose(0, 100)), item =>
    {
        var (texts, cut) = item;
        StreamEvent[] events = [EventData.Started(Stream, "lorem"), .. texts.Select(Segment), EventData.Stopped(1, 1, StopReason.Requested)];
        cut = Math.Min(cut, events.Length);

        Assert.That(WriteAsync(1, events[..cut]).Result + WriteAsync(cut + 1, events[cut..]).Result, Is.EqualTo(WriteAsync(1, events).Result));
    });

    [Test]
    public void Segments_CostNoAllocation()
    {
        var batch = EventBatch.Create(Stream, 2, [.. Enumerable.Repeat(Segment(" word\n"), 1_000)]);
        var pipe = new FixedPipe(200_000);
        var writer = CreateWriter(pipe);
        UiMessageFraming.Instance.Write(writer, batch);

        pipe.Reset();
        var before = GC.GetAllocatedBytesForCurrentThread();
        UiMessageFraming.Instance.Write(writer, batch);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void EveryEndBeforeTheTerminalEvent_BreaksTheResponseOff() =>
        Assert.That(Enum.GetValues<ViewerEnd>().Where(end => !UiMessageFraming.Instance.BreaksOff(end)), Is.EqualTo(new[] { ViewerEnd.Finished }));

    private static async Task<List<JsonElement>> ChunksAsync(StreamEvent terminal)
    {
        var frames = Sse.Parse(Encoding.UTF8.GetBytes(await WriteAsync(9, terminal)));
        Assert.That(frames[^1].Data, Is.EqualTo("[DONE]"));
        return [.. frames.SkipLast(1).Select(frame => JsonDocument.Parse(frame.Data).RootElement)];
    }

    private static async Task<string> WriteAsync(long first, params StreamEvent[] events)
    {
        if (events.Length == 0)
            return "";
        var response = new TestResponse();
        var writer = CreateWriter(response.Context.Response.BodyWriter);
        await UiMessageFraming.Instance.WriteAllAsync(writer, EventBatch.Create(Stream, first, events));
        await writer.FlushAsync();
        return Encoding.UTF8.GetString(await response.ReadRestAsync());
    }

    private static ResponseWriter CreateWriter(PipeWriter pipe) =>
        new(pipe, TimeSpan.FromMinutes(1), TimeProvider.System, new ViewerMetrics(new Meters(), TimeProvider.System), default, default);

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes into one array, which is never flushed.</summary>
    private sealed class FixedPipe(int length) : PipeWriter
    {
        private readonly byte[] _bytes = new byte[length];
        private int _written;

        public void Reset() => _written = 0;

        public override void Advance(int bytes) => _written += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_written);

        public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_written);

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;
    }
}
