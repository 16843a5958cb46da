using SseStreaming.Api.Auth.Grants;
using SseStreaming.Api.Auth.Tokens;
using SseStreaming.Api.Hosting.Proxies;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Api.Auth;

/// <summary>Who a request comes from.</summary>
internal static class CallerOf
{
    public static Caller Request(HttpContext context)
    {
        var subject = context.User.FindFirst(BearerEvents.SubjectClaim)?.Value;
        // A subject may look like an address.
        return new Caller(subject, subject is null ? ClientAddress.ToClientKey(context.Connection.RemoteIpAddress) : $"subject {subject}")
        {
            GrantedStreamId = context.Features.Get<Grant>()?.StreamId,
        };
    }
}
