using Microsoft.AspNetCore.Authentication;
using SseStreaming.AspNetCore.Auth.Grants;

namespace SseStreaming.AspNetCore.Auth;

/// <summary>How long a request's token or grant is valid; the shorter time if it has both.</summary>
internal static class AccessExpiry
{
    /// <summary>Near the longest time of a timer. A response of this age ends, and its client reconnects.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(45);

    /// <summary>How long the response may continue; null without authentication.</summary>
    public static TimeSpan? Left(HttpContext context, TimeProvider time)
    {
        var token = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;
        var grant = context.Features.Get<Grant>()?.Expires;
        if ((token < grant ? token : grant ?? token) is not { } expires)
            return null;
        var left = expires - time.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > Longest ? Longest : left;
    }
}
