using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Routing;
using Moq;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Problems;

/// <summary>Filters that turn their own exceptions into responses, before the response starts.</summary>
internal sealed class FilterTests
{
    private readonly DefaultHttpContext _http = new() { RequestServices = MvcServices.Provider };

    [TestCase(400)]
    [TestCase(408)]
    [TestCase(413)]
    public void BadHttpRequest_IsAnsweredWithItsStatus(int status)
    {
        var context = Filter(new BadHttpRequestFilter(), new BadHttpRequestException("A message of Kestrel.", status));

        Assert.That(context.ExceptionHandled, Is.True);
        var problem = (ProblemDetails)((ObjectResult)context.Result!).Value!;
        Assert.That(problem.Status, Is.EqualTo(status));
        Assert.That(problem.Detail, Does.Not.Contain("A message of Kestrel."));
    }

    [Test]
    public void UnavailableStore_Is503WithRetryAfter()
    {
        var context = Filter(new StoreUnavailableFilter(), Faults.StoreDown);

        Assert.That(context.ExceptionHandled, Is.True);
        Assert.That(((ObjectResult)context.Result!).StatusCode, Is.EqualTo(503));
        Assert.That(_http.Response.Headers.RetryAfter.ToString(), Is.Not.Empty);
    }

    [Test]
    public void OtherException_IsNotHandled()
    {
        Assert.That(Filter(new BadHttpRequestFilter(), new IOException()).ExceptionHandled, Is.False);
        Assert.That(Filter(new StoreUnavailableFilter(), new IOException()).ExceptionHandled, Is.False);
    }

    [Test]
    public void BadHttpRequest_AfterTheResponseStarted_IsNotHandled()
    {
        StartResponse();

        Assert.That(Filter(new BadHttpRequestFilter(), new BadHttpRequestException("", 413)).ExceptionHandled, Is.False);
    }

    [Test]
    public void UnavailableStore_AfterTheResponseStarted_AbortsTheConnection()
    {
        StartResponse();
        var lifetime = new Mock<IHttpRequestLifetimeFeature>();
        _http.Features.Set(lifetime.Object);

        var context = Filter(new StoreUnavailableFilter(), Faults.StoreDown);

        lifetime.Verify(it => it.Abort(), Times.Once);
        Assert.That((context.ExceptionHandled, context.Result), Is.EqualTo((true, (IActionResult?)null)));
    }

    private void StartResponse()
    {
        var response = new Mock<IHttpResponseFeature>();
        response.Setup(it => it.HasStarted).Returns(true);
        response.Setup(it => it.Headers).Returns(new HeaderDictionary());
        _http.Features.Set(response.Object);
    }

    private ExceptionContext Filter(IExceptionFilter filter, Exception exception)
    {
        var context = new ExceptionContext(new ActionContext(_http, new RouteData(), new ActionDescriptor()), []) { Exception = exception };
        filter.OnException(context);
        return context;
    }
}
