using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Controllers;
using SseStreaming.AspNetCore.Controllers.Models;
using SseStreaming.AspNetCore.Hosting;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Controllers;

/// <summary>How the controller answers outcomes of the service.</summary>
internal sealed class StreamControllerTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly StartRequest Request = new() { Source = "lorem" };

    private static readonly StreamState State = new(
        Stream, "lorem", StreamStatus.Stopped, new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero), 3, 16, 2, new EventId(Stream, 5), "abandoned");

    private readonly Mock<ITextStreamService> _streams = new(MockBehavior.Strict);
    private readonly Mock<IDisposable> _registration = new();
    private readonly Mock<LinkGenerator> _links = new();
    private readonly TestResponse _response = new();
    private StreamController _controller = null!;

    [SetUp]
    public void SetUp()
    {
        var formatter = new EventStreamFormatter(
            Options.Create(new SseOptions()), new Drain(Options.Create(new StreamsOptions()), TimeProvider.System),
            new ViewerMetrics(new Meters(), TimeProvider.System), TimeProvider.System, NullLogger<EventStreamFormatter>.Instance);
        var texts = new TextFormatter(Options.Create(new SseOptions()), TimeProvider.System, NullLogger<TextFormatter>.Instance);
        var mapping = new StreamMapping(1, new TextStreamsOptions().Owner);
        _response.Context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(mapping), displayName: null));
        _response.Context.RequestServices = new RequestServices(_response.Context.RequestServices, new ServiceCollection().AddSingleton(_links.Object).BuildServiceProvider());
        _links.Setup(links => links.GetPathByAddress(_response.Context, "SseStreaming 1 GetStream", It.IsAny<RouteValueDictionary>(), null, null, default, null))
            .Returns($"/below/streams/{Stream}");
        _controller = new StreamController(_streams.Object, Mock.Of<IExternalStreamService>(), formatter, texts) { ControllerContext = new ControllerContext { HttpContext = _response.Context } };
    }

    [Test]
    public async Task Get_WithoutALastEventId_StartsAndStreams()
    {
        _streams.Setup(streams => streams.StartViewingAsync(It.IsAny<Caller>(), Request, It.IsAny<CancellationToken>())).ReturnsAsync(Viewer(after: 0));

        var result = await _controller.Get(Request, lastEventId: null, _response.RequestAborted);

        Assert.That(result, Is.InstanceOf<EmptyResult>());
        Assert.That(_response.Context.Response.ContentType, Is.EqualTo("text/event-stream"));
        Assert.That(await BodyAsync(), Is.EqualTo(
            $"retry: 2000\n\nid: {Stream}.1\nevent: started\ndata: {{}}\n\nid: {Stream}.2\ndata: Lorem\n\nid: {Stream}.3\nevent: completed\ndata: {{}}\n\ndata: [END]\n\n"));
    }

    [Test]
    public async Task Post_WithoutALastEventId_StartsAndStreams()
    {
        _streams.Setup(streams => streams.StartViewingAsync(It.IsAny<Caller>(), Request, It.IsAny<CancellationToken>())).ReturnsAsync(Viewer(after: 0));

        await _controller.Post(Request, lastEventId: null, _response.RequestAborted);

        Assert.That(await BodyAsync(), Does.Contain("data: Lorem\n\n"));
    }

    [Test]
    public async Task GetAndPost_WithALastEventId_ResumeAndNeverStart()
    {
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 2, It.IsAny<CancellationToken>())).ReturnsAsync(() => Viewer(after: 2));

        await _controller.Get(Request, new EventId(Stream, 2), _response.RequestAborted);
        await _controller.Post(Request, new EventId(Stream, 2), _response.RequestAborted);

        _streams.Verify(streams => streams.StartViewingAsync(It.IsAny<Caller>(), It.IsAny<StartRequest>(), It.IsAny<CancellationToken>()), Times.Never);
        Assert.That(await BodyAsync(), Does.StartWith($"retry: 2000\n\nid: {Stream}.3\nevent: completed\n"));
    }

    [Test]
    public async Task GetEvents_WithoutALastEventId_JoinsFromTheBeginning()
    {
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync(Viewer(after: 0));

        await _controller.GetEvents(Stream, lastEventId: null, _response.RequestAborted);

        Assert.That(await BodyAsync(), Does.Contain($"id: {Stream}.1\nevent: started\n"));
    }

    [Test]
    public async Task GetEvents_WithTheLastEventIdOfAnotherStream_Is400()
    {
        _response.Context.Request.Headers["Last-Event-ID"] = "text that the binder read";

        var problem = ProblemOf(await _controller.GetEvents(Stream, new EventId(StreamId.New(), 2), default), 400);

        Assert.That(((ValidationProblemDetails)problem).Errors.Keys, Is.EqualTo(new[] { "Last-Event-ID" }));
    }

    [Test]
    public async Task Streaming_EndsTheRegistrationOfTheViewer()
    {
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync(Viewer(after: 0));

        await _controller.GetEvents(Stream, lastEventId: null, _response.RequestAborted);

        _registration.Verify(registration => registration.Dispose(), Times.Once);
    }

    [Test]
    public async Task Streaming_ToADisconnectedClient_EndsAndLeavesTheViewerToTheFilter()
    {
        var viewer = Viewer(after: 0);
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync(viewer);
        _response.Leave();

        await _controller.GetEvents(Stream, lastEventId: null, _response.RequestAborted);

        Assert.That(_response.Context.Features.Get<ClientDisconnect>(), Is.Not.Null);
        Assert.That(_response.Context.Features.Get<StreamViewer>(), Is.SameAs(viewer));
        _registration.Verify(registration => registration.Dispose(), Times.Once);
    }

    [TestCase(RefusalReason.InvalidInput, 400)]
    [TestCase(RefusalReason.UnknownStream, 404)]
    [TestCase(RefusalReason.Expired, 410)]
    [TestCase(RefusalReason.BeyondEnd, 410)]
    [TestCase(RefusalReason.KeyReused, 422)]
    [TestCase(RefusalReason.Full, 503)]
    [TestCase(RefusalReason.Stopping, 503)]
    [TestCase(RefusalReason.StoreUnavailable, 503)]
    public async Task Refusal_IsProblemDetailsBeforeTheFirstByte(RefusalReason reason, int status)
    {
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 2, It.IsAny<CancellationToken>())).ReturnsAsync(new Refusal(reason, "Because."));

        var problem = ProblemOf(await _controller.Get(Request, new EventId(Stream, 2), default), status);

        Assert.That(problem.Detail, Is.EqualTo("Because."));
        Assert.That(problem.Type, Does.StartWith("urn:problem-type:sse-streaming:"));
        Assert.That(problem.Title, Is.Not.Empty);
        Assert.That(_response.Flushes, Is.Empty);
    }

    [Test]
    public async Task Refusal_BecauseTheStreamHasEnded_Is204WithoutABody()
    {
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 9, It.IsAny<CancellationToken>())).ReturnsAsync(new Refusal(RefusalReason.Ended, "Over."));

        Assert.That(await _controller.Get(Request, new EventId(Stream, 9), default), Is.InstanceOf<NoContentResult>());
        Assert.That(await _controller.GetEvents(Stream, new EventId(Stream, 9), default), Is.InstanceOf<NoContentResult>());
    }

    [Test]
    public async Task TemporaryRefusal_HasRetryAfter()
    {
        _streams.Setup(streams => streams.StartAsync(It.IsAny<Caller>(), Request, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new Refusal(RefusalReason.Full, "Full.") { RetryAfter = TimeSpan.FromSeconds(9.2) });

        ProblemOf(await _controller.Start(Request, default), 503);

        Assert.That(_response.Context.Response.Headers.RetryAfter.ToString(), Is.EqualTo("10"));
    }

    [Test]
    public async Task RefusalOfInvalidInput_NamesEveryField()
    {
        var errors = new Dictionary<string, string[]> { ["words"] = ["Too many."], ["prompt"] = ["Missing."] };
        _streams.Setup(streams => streams.StartViewingAsync(It.IsAny<Caller>(), Request, It.IsAny<CancellationToken>())).ReturnsAsync(Refusal.Invalid(errors));

        var problem = ProblemOf(await _controller.Get(Request, null, default), 400);

        Assert.That(((ValidationProblemDetails)problem).Errors, Is.EqualTo(errors));
    }

    [Test]
    public async Task Start_OfANewStream_Is201WithItsLocationAndState()
    {
        _streams.Setup(streams => streams.StartAsync(It.IsAny<Caller>(), Request, It.IsAny<CancellationToken>())).ReturnsAsync(new StartedStream(State, Joined: false));

        var result = (ObjectResult)await _controller.Start(Request, default);

        Assert.That(result.StatusCode, Is.EqualTo(201));
        Assert.That(result.Value, Is.EqualTo(StreamStateModel.From(State)));
        Assert.That(_response.Context.Response.Headers.Location.ToString(), Is.EqualTo($"/below/streams/{Stream}"));
    }

    [Test]
    public async Task Start_ThatJoinsAnExistingStream_Is200WithItsLocation()
    {
        _streams.Setup(streams => streams.StartAsync(It.IsAny<Caller>(), Request, It.IsAny<CancellationToken>())).ReturnsAsync(new StartedStream(State, Joined: true));

        Assert.That(await _controller.Start(Request, default), Is.InstanceOf<OkObjectResult>());
        Assert.That(_response.Context.Response.Headers.Location.ToString(), Is.EqualTo($"/below/streams/{Stream}"));
    }

    [Test]
    public async Task GetState_ReturnsTheState()
    {
        _streams.Setup(streams => streams.GetStateAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(State);

        var result = (OkObjectResult)await _controller.GetState(Stream, default);

        Assert.That(result.Value, Is.EqualTo(new StreamStateModel(
            Stream.ToString(), "lorem", StreamStatusModel.Stopped, State.Created, 3, 16, 2, $"{Stream}.5", "abandoned", Thread: null)));
    }

    [Test]
    public async Task GetText_WritesTheTextUnchanged()
    {
        var pieces = new[] { "1.\r\n", "2.\r", " \0é" }.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text)).ToAsyncEnumerable();
        _streams.Setup(streams => streams.ReadTextAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(new StreamText(pieces, _registration.Object));

        await _controller.GetText(Stream, _response.RequestAborted);

        Assert.That(_response.Context.Response.ContentType, Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(await BodyAsync(), Is.EqualTo("1.\r\n2.\r \0é"));
        _registration.Verify(registration => registration.Dispose(), Times.Once);
    }

    [Test]
    public async Task Stop_OfAKnownStream_Is204()
    {
        _streams.Setup(streams => streams.StopAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(State);

        Assert.That(await _controller.Stop(Stream, forget: false, default), Is.InstanceOf<NoContentResult>());
    }

    [Test]
    public async Task Stop_WithForget_ForgetsTheStream()
    {
        _streams.Setup(streams => streams.ForgetAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(State);

        Assert.That(await _controller.Stop(Stream, forget: true, default), Is.InstanceOf<NoContentResult>());
        _streams.Verify(streams => streams.StopAsync(It.IsAny<Caller>(), It.IsAny<StreamId>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Test]
    public async Task AnyRoute_OfAnUnknownStream_Is404()
    {
        var unknown = new Refusal(RefusalReason.UnknownStream, "Gone.");
        _streams.Setup(streams => streams.GetStateAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(unknown);
        _streams.Setup(streams => streams.ViewAsync(It.IsAny<Caller>(), Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync(unknown);
        _streams.Setup(streams => streams.ReadTextAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(unknown);
        _streams.Setup(streams => streams.StopAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>())).ReturnsAsync(unknown);

        ProblemOf(await _controller.GetState(Stream, default), 404);
        ProblemOf(await _controller.GetEvents(Stream, lastEventId: null, default), 404);
        ProblemOf(await _controller.GetText(Stream, default), 404);
        ProblemOf(await _controller.Stop(Stream, forget: false, default), 404);
    }

    private static ProblemDetails ProblemOf(IActionResult result, int status)
    {
        var answer = (ObjectResult)result;
        Assert.That(answer.StatusCode, Is.EqualTo(status));
        Assert.That(answer.ContentTypes.Single(), Is.EqualTo("application/problem+json"));
        var problem = (ProblemDetails)answer.Value!;
        Assert.That(problem.Status, Is.EqualTo(status));
        return problem;
    }

    private async Task<string> BodyAsync() => Encoding.UTF8.GetString(await _response.ReadRestAsync());

    /// <summary>A viewer of a stream of three events.</summary>
    private StreamViewer Viewer(long after)
    {
        var page = new EventPage(Stream, 1);
        page.Add(EventKind.Started, "{}"u8);
        page.AddSegment("Lorem");
        page.Add(EventKind.Completed, "{}"u8);
        return new StreamViewer(Stream, after, (viewer, _, _) => new[] { page.After(viewer.Position) }.ToAsyncEnumerable(), _registration.Object);
    }
}
