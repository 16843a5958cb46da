using System.Security.Claims;

namespace SseStreaming.AspNetCore;

/// <summary>What an application decides about its text streams in code. All other settings are in the configuration.</summary>
public sealed class TextStreamsOptions
{
    /// <summary>
    /// Names the owner of the streams that a user starts, with at most 255 characters. Null: the request is anonymous, and the id of a stream
    /// gives access to it. The default is the claim <c>sub</c>, or the name identifier, of an authenticated user.
    /// </summary>
    public Func<ClaimsPrincipal, string?> Owner { get; set; } = FindSubject;

    /// <summary>
    /// The key that signs grants, with which owners let others read a stream. At least 32 bytes in UTF-8, the same on all nodes. Null: there are no grants.
    /// </summary>
    public string? GrantKey { get; set; }

    /// <summary>Lifetime of a grant if the request does not set one.</summary>
    public TimeSpan GrantLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Longest lifetime of a grant.</summary>
    public TimeSpan MaxGrantLifetime { get; set; } = TimeSpan.FromDays(7);

    private static string? FindSubject(ClaimsPrincipal user) => Find(user, "sub") ?? Find(user, ClaimTypes.NameIdentifier);

    private static string? Find(ClaimsPrincipal user, string type) =>
        user.FindFirst(claim => claim.Type == type && claim.Subject is { IsAuthenticated: true })?.Value;
}
