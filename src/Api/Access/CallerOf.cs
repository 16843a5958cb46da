using SseStreaming.Application;

namespace SseStreaming.Api.Access;

/// <summary>Who a request comes from.</summary>
internal static class CallerOf
{
    private const string SubjectClaim = "sub";

    public static Caller Request(HttpContext context)
    {
        var subject = context.User.FindFirst(SubjectClaim)?.Value;
        return new Caller(subject, subject ?? context.Connection.RemoteIpAddress?.ToString() ?? "local");
    }
}
