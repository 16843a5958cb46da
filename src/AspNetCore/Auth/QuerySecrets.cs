namespace SseStreaming.AspNetCore.Auth;

/// <summary>
/// The secrets that a native <c>EventSource</c>, which sets no headers, and a link have in the query.
/// The server removes them from the request before it is logged; only endpoints with an attribute accept them.
/// </summary>
/// <param name="AccessToken">The token; null without one, or with several.</param>
/// <param name="Grant">The grant, with the same rules.</param>
internal sealed record QuerySecrets(string? AccessToken, string? Grant)
{
    public const string AccessTokenName = "access_token";
    public const string GrantName = "grant";
}
