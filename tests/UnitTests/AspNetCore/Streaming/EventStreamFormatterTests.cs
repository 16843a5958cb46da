using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Streaming;

internal sealed class EventStreamFormatterTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly SseOptions _options = new();
    private readonly Meters _meters = new();
    private readonly TimerSpy _time = new();
    private readonly StreamsOptions _streams = new();
    private readonly Drain _drain;
    private readonly LogSpy<EventStreamFormatter> _log = new();
    private readonly Channel<EventBatch> _batches = Channel.CreateUnbounded<EventBatch>();
    private TestResponse _response = new();
    private bool _readerDisposed;
    private long _last;

    public EventStreamFormatterTests() => _drain = new Drain(Options.Create(_streams), _time);

    [Test]
    public async Task Write_FlushesTheRetryFrameAndTheFirstEventBeforeTheFirstSegment()
    {
        Add(Event(EventKind.Started, "{}"));

        _ = WriteAsync();

        var expected = $"retry: 2000\n\nid: {Stream}.1\nevent: started\ndata: {{}}\n\n";
        Assert.That(await _response.ReadAsync(expected), Is.EqualTo(expected));
        Assert.That(_response.Flushes, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Write_BeforeTheFirstEvent_FlushesTheRetryFrame()
    {
        _ = WriteAsync();

        Assert.That(await _response.ReadAsync("retry: 2000\n\n"), Is.EqualTo("retry: 2000\n\n"));
    }

    [Test]
    public async Task Write_SendsHeadersThatKeepProxiesFromDelayingEvents()
    {
        Add(Event(EventKind.Completed, "{}"));

        await WriteAsync().Soon();

        var headers = _response.Context.Response.Headers;
        Assert.That(_response.Context.Response.StatusCode, Is.EqualTo(200));
        Assert.That(headers.ContentType.ToString(), Is.EqualTo("text/event-stream"));
        Assert.That(headers.CacheControl.ToString(), Is.EqualTo("no-cache, no-store, no-transform"));
        Assert.That(headers.ContentEncoding.ToString(), Is.EqualTo("identity"));
        Assert.That(headers["X-Accel-Buffering"].ToString(), Is.EqualTo("no"));
        Assert.That(_response.IsBufferingDisabled, Is.True);
    }

    [Test]
    public async Task Write_OfSeveralReadyBatches_FlushesOnce()
    {
        for (var i = 0; i < 20; i++)
            Add(Event(EventKind.Segment, $"word {i} "));
        Add(Event(EventKind.Completed, "{}"));

        await WriteAsync().Soon();

        Assert.That(_response.Flushes, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Write_OfALongReplay_FlushesSeveralTimes()
    {
        for (var i = 0; i < 100; i++)
            Add(Event(EventKind.Segment, new string('x', 8_000)));
        Add(Event(EventKind.Completed, "{}"));

        await WriteAsync().Soon();

        Assert.That(_response.Flushes, Has.Count.InRange(10, 40));
        Assert.That(_response.Flushes.Max(), Is.LessThan(64 * 1024));
    }

    [Test]
    public async Task Write_OfBatchesOneByOne_FlushesEach()
    {
        var writing = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");
        foreach (var text in (string[])["Lorem", " ipsum", " dolor"])
        {
            Add(Event(EventKind.Segment, text));

            var frame = $"id: {Stream}.{_last}\ndata: {text}\n\n";
            Assert.That(await _response.ReadAsync(frame), Is.EqualTo(frame));
        }

        Assert.That(_response.Flushes, Has.Count.EqualTo(4));
        Assert.That(writing.IsCompleted, Is.False);
    }

    [Test]
    public async Task Write_OfAnEmptyBatch_SendsAHeartbeat()
    {
        _ = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");

        _batches.Writer.TryWrite(default);

        Assert.That(await _response.ReadAsync(": heartbeat\n\n"), Is.EqualTo(": heartbeat\n\n"));
    }

    [Test]
    public async Task Write_AsksForAHeartbeatAfterTheIntervalOfTheOptions()
    {
        _options.Heartbeat = TimeSpan.FromSeconds(7);
        TimeSpan? asked = null;
        using var viewer = new StreamViewer(Stream, 0, (_, idle, _) =>
        {
            asked = idle;
            return AsyncEnumerable.Empty<EventBatch>();
        });

        await Formatter().WriteAsync(_response.Context.Response, viewer, NativeFraming.Instance, _response.RequestAborted);

        Assert.That(asked, Is.EqualTo(TimeSpan.FromSeconds(7)));
    }

    [TestCase(EventKind.Completed)]
    [TestCase(EventKind.Stopped)]
    [TestCase(EventKind.Failed)]
    public async Task Write_OfTheTerminalEvent_SendsTheEndMarkerAndEnds(EventKind ending)
    {
        Add(Event(EventKind.Segment, "Lorem"), Event(ending, "{}"));

        Assert.That(await WriteAsync().Soon(), Is.EqualTo(ViewerEnd.Finished));

        var frames = Sse.Parse(await _response.ReadRestAsync());
        Assert.That(frames.Select(frame => frame.Data), Is.EqualTo(new[] { "Lorem", "{}", "[END]" }));
        Assert.That(frames[^1].EventId, Is.Null, "the end marker is no event of the stream");
        Assert.That(_readerDisposed, Is.True);
    }

    [Test]
    public async Task Write_OfEventsThatAreNoLongerKept_EndsWithoutAnEndMarker()
    {
        Add(Event(EventKind.Segment, "Lorem"));
        _batches.Writer.Complete();

        using var measured = new Measurements(_meters);

        Assert.That(await WriteAsync().Soon(), Is.EqualTo(ViewerEnd.Expired));
        Assert.That(measured.Get("sse_streaming.viewer.duration", ("sse_streaming.viewer.end", "expired")), Has.Count.EqualTo(1));
        Assert.That(Encoding.UTF8.GetString(await _response.ReadRestAsync()), Does.EndWith("data: Lorem\n\n"));
    }

    [Test]
    public async Task Write_ToAClientThatDoesNotRead_AbortsAfterTheDeadline()
    {
        _response = new TestResponse(room: 100);
        Add(Event(EventKind.Segment, new string('x', 1_000)));
        var writing = WriteAsync();
        await _time.TimersAsync(2);

        _time.Advance(_options.WriteDeadline - Moment);
        Assert.That(writing.IsCompleted, Is.False);
        _time.Advance(Moment);

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.TooSlow));
        Assert.That(_response.IsAbortedByServer, Is.True);
        Assert.That(_readerDisposed, Is.True);
        Assert.That(_log.Lines.Single().Level, Is.EqualTo(LogLevel.Information));
        Assert.That(_log.Lines.Single()["Sequence"], Is.EqualTo(1L));
    }

    [Test]
    public async Task Write_ToAClientThatReadsInTime_Continues()
    {
        _response = new TestResponse(room: 100);
        Add(Event(EventKind.Segment, new string('x', 1_000)));
        var writing = WriteAsync();
        await _time.TimersAsync(2);
        _time.Advance(_options.WriteDeadline - Moment);

        await _response.ReadAsync(new string('x', 1_000));
        Add(Event(EventKind.Completed, "{}"));

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.Finished));
        Assert.That(_response.IsAbortedByServer, Is.False);
    }

    [Test]
    public async Task Write_OfTheTerminalEventToAClientThatDoesNotRead_AbortsAfterTheDeadline()
    {
        _response = new TestResponse(room: 100);
        Add(Event(EventKind.Segment, new string('x', 1_000)), Event(EventKind.Completed, "{}"));
        var writing = WriteAsync();
        await _time.TimersAsync(2);

        _time.Advance(_options.WriteDeadline);

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.TooSlow));
        Assert.That(_response.IsAbortedByServer, Is.True);
    }

    [Test]
    public async Task Write_AtTheMaximumAge_PlusOrMinusATenth_EndsWithoutATerminalEvent()
    {
        _options.MaxConnectionAge = TimeSpan.FromMinutes(10);
        Add(Event(EventKind.Segment, "Lorem"));
        var writing = WriteAsync();
        await _time.TimersAsync(1);

        _time.Advance(_options.MaxConnectionAge * 0.9 - Moment);
        Assert.That(writing.IsCompleted, Is.False);
        _time.Advance(_options.MaxConnectionAge * 0.2 + Moment);

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.ConnectionAgeReached));
        Assert.That(Encoding.UTF8.GetString(await _response.ReadRestAsync()), Does.EndWith("data: Lorem\n\n"));
        Assert.That(_readerDisposed, Is.True);
    }

    [Test]
    public async Task Write_WhenTheTokenExpires_EndsWithoutATerminalEvent()
    {
        var ticket = new AuthenticationTicket(new ClaimsPrincipal(), new AuthenticationProperties { ExpiresUtc = _time.GetUtcNow().AddMinutes(10) }, "Test");
        _response.Context.Features.Set(Mock.Of<IAuthenticateResultFeature>(feature => feature.AuthenticateResult == AuthenticateResult.Success(ticket)));
        var writing = WriteAsync();
        Add(Event(EventKind.Started, "{}"));

        _time.Advance(TimeSpan.FromMinutes(10) - Moment);
        Assert.That(writing.IsCompleted, Is.False);
        _time.Advance(Moment);

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.AccessExpired));
        Assert.That(Encoding.UTF8.GetString(await _response.ReadRestAsync()), Does.Not.Contain("[END]"));
    }

    [Test]
    public async Task Write_WithoutAMaximumAge_DoesNotEnd()
    {
        var writing = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");

        _time.Advance(TimeSpan.FromDays(10));

        Assert.That(writing.IsCompleted, Is.False);
    }

    [Test]
    public async Task Write_WhenTheServerShutsDown_EndsWithoutATerminalEvent()
    {
        Add(Event(EventKind.Segment, "Lorem"));
        var writing = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");

        await _drain.ShutDownAsync();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.Stopping));
        Assert.That(_response.IsAbortedByServer, Is.False);
        Assert.That(_readerDisposed, Is.True);
    }

    [Test]
    public async Task Write_ToAClientThatDoesNotRead_DoesNotDelayTheShutdown()
    {
        _response = new TestResponse(room: 100);
        Add(Event(EventKind.Segment, new string('x', 1_000)));
        var writing = WriteAsync();
        await _time.TimersAsync(2);

        await _drain.ShutDownAsync();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.Stopping));
        Assert.That(_response.IsAbortedByServer, Is.True, "the written bytes can't be sent any more");
        Assert.That(_log.Lines, Is.Empty, "the client did nothing wrong");
    }

    [Test]
    public async Task Write_WhenViewersAreRedirected_EndsWithARetryFrameAfterWholeFrames()
    {
        Add(Event(EventKind.Segment, "Lorem"));
        var writing = WriteAsync();
        await _response.ReadAsync($"retry: 2000\n\nid: {Stream}.1\ndata: Lorem\n\n");

        await _drain.RedirectViewersAsync();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.Stopping));
        var last = Encoding.UTF8.GetString(await _response.ReadRestAsync());
        Assert.That(last, Does.Match(@"^retry: \d+\n\n$"));
        Assert.That(int.Parse(last[7..], CultureInfo.InvariantCulture), Is.InRange(1000, 4000), "within the window, without its first quarter");
        Assert.That(_response.IsAbortedByServer, Is.False);
    }

    [Test]
    public async Task Write_ThatBeginsAfterTheRedirect_ContinuesUntilTheShutdown()
    {
        await _drain.RedirectViewersAsync();
        var writing = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");
        Add(Event(EventKind.Segment, "Lorem"));
        await _response.ReadAsync($"id: {Stream}.1\ndata: Lorem\n\n");
        Assert.That(writing.IsCompleted, Is.False);

        await _drain.ShutDownAsync();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.Stopping));
        Assert.That(Encoding.UTF8.GetString(await _response.ReadRestAsync()), Does.StartWith("retry: "));
    }

    [Test]
    public async Task Write_ToAClientThatDoesNotReadAtTheRedirect_WaitsUntilTheShutdown()
    {
        _response = new TestResponse(room: 100);
        Add(Event(EventKind.Segment, new string('x', 1_000)));
        var writing = WriteAsync();
        await _time.TimersAsync(2);
        await _drain.RedirectViewersAsync();
        Assert.That(writing.IsCompleted, Is.False, "the client may still read the retry frame");

        await _drain.ShutDownAsync();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.Stopping));
        Assert.That(_response.IsAbortedByServer, Is.True);
    }

    [Test]
    public async Task Write_WhenTheClientDisconnectsDuringAWait_Ends()
    {
        Add(Event(EventKind.Segment, "Lorem"));
        var writing = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");

        _response.Leave();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.ClientDisconnected));
        Assert.That(_readerDisposed, Is.True);
    }

    [Test]
    public async Task Write_WhenTheClientDisconnectsDuringAFlush_Ends()
    {
        _response = new TestResponse(room: 100);
        Add(Event(EventKind.Segment, new string('x', 1_000)));
        var writing = WriteAsync();
        await _time.TimersAsync(2);

        _response.Leave();

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.ClientDisconnected));
        Assert.That(_readerDisposed, Is.True);
    }

    [Test]
    public async Task Write_WhenOnlyTheFlushReportsTheDisconnect_Ends()
    {
        var writing = WriteAsync();
        await _response.ReadAsync("retry: 2000\n\n");
        _response.LeaveUnnoticed();

        Add(Event(EventKind.Segment, "Lorem"));

        Assert.That(await writing.Soon(), Is.EqualTo(ViewerEnd.ClientDisconnected));
    }

    [Test]
    public async Task Write_ToADisconnectedClient_Ends()
    {
        _response.Leave();
        Add(Event(EventKind.Completed, "{}"));

        Assert.That(await WriteAsync().Soon(), Is.EqualTo(ViewerEnd.ClientDisconnected));
        Assert.That(_response.Context.Features.Get<ClientDisconnect>(), Is.Not.Null, "the filter logs it");
    }

    [Test]
    public async Task Delivery_WhileTheReadLoopWaits_IsSentAtOnceInTheFramesOfTheFraming()
    {
        using var measured = new Measurements(_meters);
        var viewer = await FollowAsync();

        Assert.That(viewer.Live!.TryDeliver(Batch(Event(EventKind.Segment, "Lorem"))), Is.True);

        Assert.That(await _response.ReadAsync($"id: {Stream}.1\ndata: Lorem\n\n"), Is.EqualTo($"id: {Stream}.1\ndata: Lorem\n\n"));
        Assert.That(measured.GetSum("sse_streaming.sent_events"), Is.EqualTo(1));
    }

    [Test]
    public async Task Delivery_ToAClientThatDoesNotRead_LeavesTheFlushToTheReadLoop()
    {
        _response = new TestResponse(room: 100);
        var viewer = await FollowAsync();

        Assert.That(viewer.Live!.TryDeliver(Batch(Event(EventKind.Segment, new string('x', 1_000)))), Is.False);

        var flush = viewer.Live.FlushAsync();
        Assert.That(flush.IsCompleted, Is.False);
        await _response.ReadAsync(new string('x', 1_000));
        Assert.That(await flush.Soon(), Is.True);
    }

    [Test]
    public async Task Delivery_ToAClientThatDisconnected_EndsTheResponse()
    {
        var viewer = await FollowAsync();
        _response.LeaveUnnoticed();

        Assert.That(viewer.Live!.TryDeliver(Batch(Event(EventKind.Segment, "Lorem"))), Is.False);

        Assert.That(await viewer.Live.FlushAsync().Soon(), Is.False);
    }

    [Test]
    public void Write_WhenReadingFails_ThrowsTheException()
    {
        using var viewer = new StreamViewer(Stream, 0, (_, _, _) => Broken());
        static async IAsyncEnumerable<EventBatch> Broken()
        {
            await Task.Yield();
            throw new InvalidDataException("Damaged.");
#pragma warning disable CS0162 // What makes it an iterator.
            yield break;
#pragma warning restore CS0162
        }

        using var measured = new Measurements(_meters);
        Assert.That(async () => await Formatter().WriteAsync(_response.Context.Response, viewer, NativeFraming.Instance, _response.RequestAborted).Soon(),
            Throws.InstanceOf<InvalidDataException>());
        Assert.That(measured.Get("sse_streaming.viewer.duration", ("sse_streaming.viewer.end", "faulted")), Has.Count.EqualTo(1));
        Assert.That(measured.GetSum("sse_streaming.active_viewers"), Is.Zero);
    }

    private Task<ViewerEnd> WriteAsync() =>
        Formatter().WriteAsync(_response.Context.Response, new StreamViewer(Stream, 0, (viewer, _, token) => ReadAsync(viewer, token)), NativeFraming.Instance, _response.RequestAborted);

    /// <summary>A viewer that has caught up.</summary>
    private async Task<StreamViewer> FollowAsync()
    {
        var viewer = new StreamViewer(Stream, 0, (viewer, _, token) => ReadAsync(viewer, token));
        _ = Formatter().WriteAsync(_response.Context.Response, viewer, NativeFraming.Instance, _response.RequestAborted);
        await _response.ReadAsync("retry: 2000\n\n");
        return viewer;
    }

    private EventStreamFormatter Formatter() => new(Options.Create(_options), _drain, new ViewerMetrics(_meters, _time), _time, _log);

    private async IAsyncEnumerable<EventBatch> ReadAsync(StreamViewer viewer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!_batches.Reader.TryRead(out var batch))
                {
                    // As the real read loop does before it waits.
                    if (!await viewer.Live!.FlushAsync() || !await WaitAsync(cancellationToken))
                        break;
                    continue;
                }
                if (!batch.IsEmpty)
                    viewer.MoveTo(batch.Last);
                yield return batch;
            }
        }
        finally
        {
            _readerDisposed = true;
        }
    }

    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _batches.Reader.WaitToReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Add(params StreamEvent[] events)
    {
        _batches.Writer.TryWrite(Batch(events));
    }

    private EventBatch Batch(params StreamEvent[] events)
    {
        var batch = EventBatch.Create(Stream, _last + 1, events);
        _last += events.Length;
        return batch;
    }

    private static StreamEvent Event(EventKind kind, string data) => new(kind, Encoding.UTF8.GetBytes(data));
}
