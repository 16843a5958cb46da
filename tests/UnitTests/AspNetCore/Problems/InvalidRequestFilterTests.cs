using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.AspNetCore.Problems;

internal sealed class InvalidRequestFilterTests
{
    private static readonly RefusalException Unknown = new(new Refusal(RefusalReason.UnknownStream, "Unknown."));

    private readonly ModelStateDictionary _modelState = new();

    [Test]
    public void ValidRequest_ReachesTheAction()
    {
        _modelState.SetModelValue("id", "a", "a");

        Assert.That(Filter(), Is.Null);
    }

    [Test]
    public void InvalidFields_AreAllNamed()
    {
        _modelState.TryAddModelError("words", "Too many.");
        _modelState.TryAddModelError("prompt", "Missing.");

        var problem = (ValidationProblemDetails)Filter()!;

        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors.Keys, Is.EquivalentTo(new[] { "words", "prompt" }));
    }

    [Test]
    public void RefusalOfABinder_IsAnsweredWithItsStatus()
    {
        _modelState.TryAddModelException("id", Unknown);

        Assert.That(Filter()!.Status, Is.EqualTo(404));
    }

    [Test]
    public void RefusalOfABinder_ComesAfterInvalidFields()
    {
        _modelState.TryAddModelException("id", Unknown);
        _modelState.TryAddModelError("words", "Too many.");

        var problem = (ValidationProblemDetails)Filter()!;

        Assert.That((problem.Status, problem.Errors.Keys.Single()), Is.EqualTo((400, "words")));
    }

    private ProblemDetails? Filter()
    {
        var http = new DefaultHttpContext { RequestServices = MvcServices.Provider };
        var context = new ActionExecutingContext(
            new ActionContext(http, new RouteData(), new ActionDescriptor(), _modelState), [], new Dictionary<string, object?>(), controller: this);
        new InvalidRequestFilter().OnActionExecuting(context);
        return (ProblemDetails?)((ObjectResult?)context.Result)?.Value;
    }
}
