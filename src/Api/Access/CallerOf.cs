using SseStreaming.Application;

namespace SseStreaming.Api.Access;

/// <summary>Who a request comes from.</summary>
internal static class CallerOf
{
    public static Caller Request(HttpContext context)
    {
        var subject = context.User.FindFirst(BearerEvents.SubjectClaim)?.Value;
        return new Caller(subject, subject ?? context.Connection.RemoteIpAddress?.ToString() ?? "local")
        {
            Granted = context.Features.Get<Grant>()?.Stream,
        };
    }
}
