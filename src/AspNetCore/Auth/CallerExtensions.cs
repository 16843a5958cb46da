using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth.Grants;

namespace SseStreaming.AspNetCore.Auth;

internal static class CallerExtensions
{
    public const string SubjectClaim = "sub";

    /// <summary>The caller of a request: its subject and its grant, and the key by which limits count it.</summary>
    public static Caller GetCaller(this HttpContext context)
    {
        var subject = context.User.FindFirst(SubjectClaim)?.Value;
        // The prefix separates subjects from addresses: a subject may look like an address.
        return new Caller(subject, subject is null ? ClientAddress.ToClientKey(context.Connection.RemoteIpAddress) : $"subject {subject}")
        {
            GrantedStreamId = context.Features.Get<Grant>()?.StreamId,
        };
    }
}
