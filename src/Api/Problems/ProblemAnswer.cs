using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Api.Problems;

/// <summary>Turns a refusal into its answer: problem details (RFC 9457), but for the end of a stream, which is 204.</summary>
internal static class ProblemAnswer
{
    public static IActionResult From(Refusal refusal, HttpResponse response)
    {
        if (refusal.Reason is RefusalReason.Ended)
            // EventSource stops reconnecting at exactly this status.
            return new NoContentResult();

        if (refusal.RetryAfter is { } retryAfter)
            response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        // RFC 6750, section 3.1: who it is was understood.
        if (refusal.Reason is RefusalReason.Forbidden)
            response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\"";
        var (status, type, title) = Describe(refusal.Reason);
        var details = refusal.Errors is null ? new ProblemDetails() : new ValidationProblemDetails(new Dictionary<string, string[]>(refusal.Errors));
        details.Status = status;
        details.Type = type;
        details.Title = title;
        details.Detail = refusal.Detail;
        return new ObjectResult(details) { StatusCode = status, ContentTypes = { "application/problem+json" } };
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
        RefusalReason.TooManyGenerations =>
            (StatusCodes.Status429TooManyRequests, ProblemTypes.TooManyGenerations, "You have too many generations running."),
        RefusalReason.TooManyViewers => (StatusCodes.Status429TooManyRequests, ProblemTypes.TooManyViewers, "You have too many responses open."),
        RefusalReason.TooManyStarts => (StatusCodes.Status429TooManyRequests, ProblemTypes.TooManyStarts, "You start generations too fast."),
        RefusalReason.Busy => (StatusCodes.Status503ServiceUnavailable, ProblemTypes.Busy, "The server is busy."),
        RefusalReason.Stopping => (StatusCodes.Status503ServiceUnavailable, ProblemTypes.Stopping, "The server is stopping."),
        RefusalReason.StoreUnavailable =>
            (StatusCodes.Status503ServiceUnavailable, ProblemTypes.StoreUnavailable, "The store is not available."),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "A refusal without a status."),
    };
}
