using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>A grant that lets others read one stream.</summary>
/// <param name="Grant">Value of the query parameter `grant`, for the state, the events and the text of the stream.</param>
/// <param name="Expires">When the grant expires. Responses that it opened end then.</param>
/// <param name="Url">Path of the events of the stream, with the grant.</param>
internal sealed record GrantModel(string Grant, DateTimeOffset Expires, string Url)
{
    internal static GrantModel Create(string grant, DateTimeOffset expires, string eventsPath) =>
        new(grant, expires, $"{eventsPath}?{QuerySecrets.GrantName}={grant}");
}
