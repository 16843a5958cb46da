using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Api.Hosting.Start;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Api.Hosting.Start;

internal sealed class WarmUpTests
{
    private static readonly StreamId Stream = StreamId.New();

    private readonly FakeTimeProvider _time = new();
    private readonly LogSpy<WarmUp> _log = new();
    private readonly Mock<ITextStreamService> _streams = new();
    private readonly List<HttpContext> _requests = [];
    private WarmUp _warmUp = null!;
    private RequestDelegate _server = null!;
    private RequestDelegate _answer = _ => Task.CompletedTask;

    [SetUp]
    public void SetUp()
    {
        _streams.SetupGet(streams => streams.Sources).Returns([new SourceDescription("lorem", "Text.")]);
        var services = new ServiceCollection().AddOptions().BuildServiceProvider();
        _warmUp = new WarmUp(_streams.Object, new DefaultHttpContextFactory(services), _time, _log);
        var app = new ApplicationBuilder(services);
        _warmUp.Configure(pipeline => pipeline.Run(context =>
        {
            _requests.Add(context);
            return _answer(context);
        }))(app);
        _server = app.Build();
    }

    [Test]
    public async Task WarmUp_RequestsStreams_AndDropsThem()
    {
        _answer = context =>
        {
            context.Features.Set(new StreamViewer(Stream, 0, (_, _, _) => throw new AssertionException("Nothing is read.")));
            return Task.CompletedTask;
        };

        await StartAsync();
        Assert.That(_warmUp.HasEnded, Is.False, "a client that waited for the port comes first");
        _time.Advance(TimeSpan.FromSeconds(1));
        await EndedAsync();

        Assert.That(_requests, Has.Count.GreaterThan(1));
        Assert.That(_requests.Select(request => $"{request.Request.Path}{request.Request.QueryString}"), Is.All.Contains("/sse?source=lorem"));
        _streams.Verify(streams => streams.ForgetAsync(It.IsAny<Caller>(), Stream, It.IsAny<CancellationToken>()), Times.Exactly(_requests.Count));
        Assert.That(_log.Lines.Single().Message, Does.StartWith("Warmed up"));
    }

    [Test]
    public async Task WarmUp_IsNotOverBeforeItsLastRequest()
    {
        var answered = new TaskCompletionSource();
        _answer = _ => answered.Task;

        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Happens(() => _requests.Count == 1, "the first request");

        Assert.That(_warmUp.HasEnded, Is.False);
        answered.SetResult();
        await EndedAsync();
    }

    [Test]
    public async Task WarmUp_ThatFails_IsLogged()
    {
        _answer = _ => throw new InvalidOperationException("No.");

        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await EndedAsync();

        Assert.That((_log.Lines.Single().Level, _log.Lines.Single().Exception?.Message), Is.EqualTo((LogLevel.Warning, "No.")));
    }

    [Test]
    public async Task WarmUp_ThatIsRefused_IsLogged()
    {
        _answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };

        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await EndedAsync();

        Assert.That(_requests, Has.Count.EqualTo(1));
        Assert.That(_log.Lines.Single().Message, Does.Contain("401"));
    }

    [Test]
    public async Task WarmUp_WithoutTheSource_RequestsNothing()
    {
        _streams.SetupGet(streams => streams.Sources).Returns([new SourceDescription("model", "An answer that costs money.")]);

        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await EndedAsync();

        Assert.That(_requests, Is.Empty);
    }

    [Test]
    public async Task WarmUp_ThatGetsNoAnswer_EndsAtItsLimit()
    {
        _answer = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Happens(() => _requests.Count == 1, "the first request");
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(_warmUp.HasEnded, Is.True);
    }

    [TestCase("/sse", true)]
    [TestCase("/health/ready", false)]
    public async Task Request_OfAClient_EndsTheWarmUp(string path, bool ends)
    {
        await StartAsync();

        var context = new DefaultHttpContext { Request = { Path = path } };
        await _server(context);

        Assert.That(_warmUp.HasEnded, Is.EqualTo(ends));
        Assert.That(_requests, Is.EqualTo(new[] { context }), "the request is answered");
    }

    [Test]
    public async Task Stop_AbortsTheRequest_AndWaitsForIt()
    {
        var aborted = new TaskCompletionSource();
        _answer = context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            return aborted.Task;
        };
        await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Happens(() => _requests.Count == 1, "the first request");

        await _warmUp.StoppingAsync(CancellationToken.None);

        Assert.That(aborted.Task.IsCompletedSuccessfully, Is.True);
        Assert.That(_log.Lines, Is.Empty);
    }

    private Task StartAsync() => _warmUp.StartedAsync(CancellationToken.None);

    private Task EndedAsync() => Eventually.Happens(() => _warmUp.HasEnded, "the warm-up ends");
}
