namespace SseStreaming.Api.Auth;

/// <summary>
/// What a native <c>EventSource</c>, which sets no headers, and a link carry in the query. It was taken out of the request before
/// anything else saw that (<see cref="QuerySecretRedactionContextFactory"/>); an endpoint takes it only if it says so.
/// </summary>
/// <param name="AccessToken">The token; null if there was none, or more than one.</param>
/// <param name="Grant">The grant, likewise.</param>
internal sealed record QuerySecrets(string? AccessToken, string? Grant)
{
    public const string AccessTokenName = "access_token";
    public const string GrantName = "grant";
}
