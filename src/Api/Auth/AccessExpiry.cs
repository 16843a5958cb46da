using Microsoft.AspNetCore.Authentication;

namespace SseStreaming.Api.Auth;

/// <summary>Until when a request's token or grant is accepted, the sooner of both if it has both.</summary>
internal static class AccessExpiry
{
    /// <summary>About the longest time that a timer takes. A response that gets this old ends, too, and its client comes back.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(45);

    /// <summary>How long a response may still go on; null where nobody has to say who they are.</summary>
    public static TimeSpan? Left(HttpContext context, TimeProvider time)
    {
        if (context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc is not { } expires)
            return null;
        var left = expires - time.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > Longest ? Longest : left;
    }
}
