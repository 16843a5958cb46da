using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Problems;

internal sealed class ClientDisconnectFilterTests
{
    private static readonly StreamId Stream = StreamId.New();

    private static readonly Exception[] DisconnectExceptions =
        [new ClientDisconnectedException(default), new ConnectionResetException("Reset."), new ConnectionAbortedException("Aborted.")];

    private static readonly Exception[] CancellationsOfARequest =
        [new OperationCanceledException(), new TaskCanceledException(), new IOException("The client reset the request stream.")];

    private static readonly Exception[] OtherExceptions = [new InvalidOperationException(), new NullReferenceException(), new TimeoutException()];

    private readonly LogSpy<ClientDisconnectFilter> _log = new();
    private readonly DefaultHttpContext _http = new();

    [TestCaseSource(nameof(DisconnectExceptions))]
    public void Disconnect_IsHandledAndLoggedOnceWithoutAStackTrace(Exception exception)
    {
        SetViewer(position: 42);

        var context = Filter(exception);

        Assert.That(context.ExceptionHandled, Is.True);
        var line = _log.Lines.Single();
        Assert.That((line.Level, line.Exception), Is.EqualTo((LogLevel.Information, (Exception?)null)));
        Assert.That(line.Message, Is.EqualTo($"Client closed connection: stream {Stream}, last sequence 42"));
        Assert.That(_http.Features.Get<ClientDisconnect>(), Is.Not.Null, "the request is logged once");
    }

    [TestCaseSource(nameof(CancellationsOfARequest))]
    public void Cancellation_OfAnAbortedRequest_IsADisconnect(Exception exception)
    {
        SetViewer(position: 1);
        Abort();

        Assert.That(Filter(exception).ExceptionHandled, Is.True);
        Assert.That(_log.Lines, Has.Count.EqualTo(1));
    }

    [TestCaseSource(nameof(CancellationsOfARequest))]
    public void Cancellation_WithoutAnAbortedRequest_IsNotHandled(Exception exception)
    {
        Assert.That(Filter(exception).ExceptionHandled, Is.False);
        Assert.That(_log.Lines, Is.Empty);
    }

    [TestCaseSource(nameof(OtherExceptions))]
    public void OtherException_IsNotHandledAfterADisconnectEither(Exception exception)
    {
        Abort();

        Assert.That(Filter(exception).ExceptionHandled, Is.False);
        Assert.That(_log.Lines, Is.Empty);
        Assert.That(_http.Features.Get<ClientDisconnect>(), Is.Null);
    }

    [Test]
    public void Disconnect_ThatThrewNothing_IsLoggedOnce()
    {
        SetViewer(position: 42);
        _http.Features.Set(ClientDisconnect.Instance);

        ExecuteResult();

        Assert.That(_log.Lines.Single().Message, Is.EqualTo($"Client closed connection: stream {Stream}, last sequence 42"));
        Assert.That(_log.Lines.Single().Level, Is.EqualTo(LogLevel.Information));
    }

    [Test]
    public void Response_OfAClientThatStays_IsNotLogged()
    {
        SetViewer(position: 42);

        ExecuteResult();

        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public void Disconnect_BeforeAStreamIsFound_IsLoggedWithoutAnId()
    {
        Filter(new ClientDisconnectedException(default));

        Assert.That(_log.Lines.Single().Message, Is.EqualTo("Client closed connection: stream -, last sequence 0"));
    }

    [Test]
    public void Disconnect_OnARouteWithAStreamId_IsLoggedWithIt()
    {
        _http.Request.RouteValues["id"] = Stream.ToString();

        Filter(new ClientDisconnectedException(default));

        Assert.That(_log.Lines.Single()["StreamId"], Is.EqualTo(Stream.ToString()));
    }

    [Test]
    public void Disconnect_OnARouteWithAMalformedId_IsLoggedWithoutIt()
    {
        _http.Request.RouteValues["id"] = "x\r\nforged line";

        Filter(new ClientDisconnectedException(default));

        Assert.That(_log.Lines.Single()["StreamId"], Is.EqualTo("-"));
    }

    private void ExecuteResult()
    {
        var filter = new ClientDisconnectFilter(_log);
        var action = new ActionContext(_http, new RouteData(), new ActionDescriptor());
        var result = new EmptyResult();
        filter.OnResultExecuting(new ResultExecutingContext(action, [], result, new object()));
        filter.OnResultExecuted(new ResultExecutedContext(action, [], result, new object()));
    }

    private ExceptionContext Filter(Exception exception)
    {
        var context = new ExceptionContext(new ActionContext(_http, new RouteData(), new ActionDescriptor()), []) { Exception = exception };
        new ClientDisconnectFilter(_log).OnException(context);
        return context;
    }

    private void SetViewer(long position) =>
        _http.Features.Set(new StreamViewer(Stream, position, (_, _, _) => AsyncEnumerable.Empty<EventBatch>()));

    private void Abort() => _http.Features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = new CancellationToken(true) });
}
