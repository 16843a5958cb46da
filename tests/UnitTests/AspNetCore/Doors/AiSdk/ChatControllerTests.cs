using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Controllers.Models;
using SseStreaming.AspNetCore.Doors;
using SseStreaming.AspNetCore.Doors.AiSdk;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Doors.AiSdk;

internal sealed class ChatControllerTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly Refusal Unknown = new(RefusalReason.UnknownStream, "There is none.");

    private static readonly StreamState Running = new(
        Stream, "lorem", StreamStatus.Running, new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero), 3, 16, 2, new EventId(Stream, 5), null);

    private readonly Mock<ITextStreamService> _streams = new(MockBehavior.Strict);
    private TestResponse _response = null!;
    private ChatController _controller = null!;

    private string StreamIdHeader => _response.Context.Response.Headers["X-Stream-Id"].ToString();

    [SetUp]
    public void SetUp()
    {
        _streams.Reset();
        _streams.Setup(streams => streams.Sources).Returns([new SourceDescription("lorem", ""), new SourceDescription("rows", "") { KeepsEvents = 100 }]);
        _response = new TestResponse();
        var formatter = new EventStreamFormatter(
            Options.Create(new SseOptions()), new Drain(Options.Create(new StreamsOptions()), TimeProvider.System),
            new ViewerMetrics(new Meters(), TimeProvider.System), TimeProvider.System, NullLogger<EventStreamFormatter>.Instance);
        _controller = new ChatController(_streams.Object, formatter) { ControllerContext = new ControllerContext { HttpContext = _response.Context } };
    }

    [Test]
    public async Task Send_StartsAndStreams()
    {
        var request = new StartRequest { Thread = "c" };
        _streams.Setup(streams => streams.StartViewingAsync(It.IsAny<Caller>(), request, It.IsAny<CancellationToken>())).ReturnsAsync(Viewer());

        Assert.That(await _controller.Send(request, _response.RequestAborted), Is.InstanceOf<EmptyResult>());

        Assert.That(StreamIdHeader, Is.EqualTo(Stream.ToString()));
        Assert.That(_response.Context.Response.Headers["x-vercel-ai-ui-message-stream"].ToString(), Is.EqualTo("v1"));
        Assert.That(_response.Context.Response.ContentType, Is.EqualTo("text/event-stream"));
        Assert.That(Encoding.UTF8.GetString(await _response.ReadRestAsync()), Does.StartWith("retry: 2000\n\ndata: {\"type\":\"start\",").And.EndWith("data: [DONE]\n\n"));
    }

    [Test]
    public async Task Send_ThatIsRefused_IsProblemDetails()
    {
        var request = new StartRequest { Thread = "c" };
        _streams.Setup(streams => streams.StartViewingAsync(It.IsAny<Caller>(), request, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new Refusal(RefusalReason.TooManyStarts, "Slowly."));

        Assert.That(((ObjectResult)await _controller.Send(request, default)).StatusCode, Is.EqualTo(429));
        Assert.That(_response.Context.Response.Headers, Does.Not.ContainKey("x-vercel-ai-ui-message-stream"));
    }

    [Test]
    public async Task Resume_OfARunningStream_StreamsItFromItsFirstEvent()
    {
        Last(Running);
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync(Viewer());

        await _controller.Resume("c", _response.RequestAborted);

        Assert.That(StreamIdHeader, Is.EqualTo(Stream.ToString()));
        Assert.That(Encoding.UTF8.GetString(await _response.ReadRestAsync()), Does.Contain($"\"messageId\":\"{Stream}\""));
    }

    [Test]
    public async Task Resume_OfAnEndedStream_Is204()
    {
        Last(Running with { Status = StreamStatus.Completed });

        Assert.That(await _controller.Resume("c", default), Is.InstanceOf<NoContentResult>());
        Assert.That(StreamIdHeader, Is.EqualTo(Stream.ToString()), "with its id, the page can read the text");
    }

    [Test]
    public async Task Resume_WithoutAStream_Is204()
    {
        Last(Unknown);

        Assert.That(await _controller.Resume("c", default), Is.InstanceOf<NoContentResult>());
    }

    [Test]
    public async Task Resume_OfAStreamThatWasJustDropped_Is204()
    {
        Last(Running);
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync(Unknown);

        Assert.That(await _controller.Resume("c", default), Is.InstanceOf<NoContentResult>());
    }

    [Test]
    public async Task Resume_OfAStreamWithoutAnEnd_Is204()
    {
        Last(Running with { Source = "rows" });

        Assert.That(await _controller.Resume("c", default), Is.InstanceOf<NoContentResult>());
    }

    [Test]
    public async Task Resume_WithTooManyViewers_IsRefused()
    {
        Last(Running);
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new Refusal(RefusalReason.TooManyViewers, "Too many."));

        Assert.That(((ObjectResult)await _controller.Resume("c", default)).StatusCode, Is.EqualTo(429));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Stop_OfARunningStream_StopsIt(bool isNamed)
    {
        Last(Running);
        _streams.Setup(streams => streams.StopAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(Running with { Status = StreamStatus.Stopped });

        Assert.That(await _controller.Stop("c", new ChatStop(isNamed ? Stream.ToString() : null), default), Is.InstanceOf<OkObjectResult>());

        _streams.Verify(streams => streams.StopAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task Stop_OfAnotherStream_ChangesNothing()
    {
        Last(Running);

        Assert.That(await _controller.Stop("c", new ChatStop(StreamId.New().ToString()), default), Is.InstanceOf<OkObjectResult>());
    }

    [Test]
    public async Task Stop_WithoutARunningStream_Succeeds()
    {
        Last(Running with { Status = StreamStatus.Completed });
        Assert.That(await _controller.Stop("c", new ChatStop(null), default), Is.InstanceOf<OkObjectResult>());

        Last(Unknown);
        Assert.That(await _controller.Stop("c", new ChatStop(null), default), Is.InstanceOf<OkObjectResult>());
    }

    [Test]
    public async Task GetState_ReturnsTheStateOfTheLastStream()
    {
        Last(Running);

        var result = (OkObjectResult)await _controller.GetState("c", default);

        Assert.That(result.Value, Is.EqualTo(StreamStateModel.From(Running)));
    }

    [Test]
    public async Task GetState_WithoutAStream_Is404()
    {
        Last(Unknown);

        Assert.That(((ObjectResult)await _controller.GetState("c", default)).StatusCode, Is.EqualTo(404));
    }

    private void Last(Outcome<StreamState> outcome) =>
        _streams.Setup(streams => streams.FindLastAsync(It.IsAny<Caller>(), "c", It.IsAny<CancellationToken>())).ReturnsAsync(outcome);

    private static StreamViewer Viewer()
    {
        var batch = EventBatch.Create(Stream, 1, EventData.Started(Stream, "lorem"), EventData.Completed(0, 0, new GenerationFinish("stop")));
        return new StreamViewer(Stream, 0, (_, _, _) => new[] { batch }.ToAsyncEnumerable());
    }
}
