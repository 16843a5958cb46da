using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Problems;

/// <summary>Turns refusals into HTTP responses: problem details (RFC 9457), or 204 for a stream that has ended.</summary>
internal static class RefusalResult
{
    public static IActionResult Refuse(this ControllerBase controller, Refusal refusal) => From(refusal, controller.HttpContext);

    public static IActionResult From(Refusal refusal, HttpContext context)
    {
        if (refusal.Reason is RefusalReason.Ended)
            // The only status at which an EventSource stops reconnecting.
            return new NoContentResult();

        context.Response.SetRetryAfter(refusal);
        // RFC 6750, section 3.1: the token is valid, but not sufficient.
        if (refusal.Reason is RefusalReason.Forbidden)
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\"";
        var (status, type, title) = Describe(refusal.Reason);
        return ProblemResult.Create(context, status, type, title, refusal.Detail, refusal.Errors);
    }

    /// <summary>Sets the header to whole seconds, if the refusal has a delay.</summary>
    public static void SetRetryAfter(this HttpResponse response, Refusal refusal)
    {
        if (refusal.RetryAfter is { } retryAfter)
            response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }

    private static (int Status, string Type, string Title) Describe(RefusalReason reason) => reason switch
    {
        RefusalReason.InvalidInput => (StatusCodes.Status400BadRequest, ProblemTypes.InvalidInput, "The request is not valid."),
        RefusalReason.UnknownStream => (StatusCodes.Status404NotFound, ProblemTypes.UnknownStream, "There is no such stream."),
        RefusalReason.Forbidden => (StatusCodes.Status403Forbidden, ProblemTypes.Forbidden, "That is not allowed."),
        RefusalReason.Expired => (StatusCodes.Status410Gone, ProblemTypes.Expired, "The position has expired."),
        RefusalReason.BeyondEnd => (StatusCodes.Status410Gone, ProblemTypes.BeyondEnd, "The position is beyond the end."),
        RefusalReason.KeyReused => (StatusCodes.Status422UnprocessableEntity, ProblemTypes.KeyReused, "The idempotency key was used before."),
        RefusalReason.Full => (StatusCodes.Status503ServiceUnavailable, ProblemTypes.Full, "The server is full."),
        RefusalReason.TooLarge => (StatusCodes.Status413PayloadTooLarge, ProblemTypes.TooLarge, "The text is too long."),
        RefusalReason.TooManyGenerations =>
            (StatusCodes.Status429TooManyRequests, ProblemTypes.TooManyGenerations, "You have too many generations running."),
        RefusalReason.TooManyViewers => (StatusCodes.Status429TooManyRequests, ProblemTypes.TooManyViewers, "You have too many responses open."),
        RefusalReason.TooManyStarts => (StatusCodes.Status429TooManyRequests, ProblemTypes.TooManyStarts, "You start generations too fast."),
        RefusalReason.Busy => (StatusCodes.Status503ServiceUnavailable, ProblemTypes.Busy, "The server is busy."),
        RefusalReason.Stopping => (StatusCodes.Status503ServiceUnavailable, ProblemTypes.Stopping, "The server is stopping."),
        RefusalReason.StoreUnavailable =>
            (StatusCodes.Status503ServiceUnavailable, ProblemTypes.StoreUnavailable, "The store is not available."),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "The reason has no status."),
    };
}
