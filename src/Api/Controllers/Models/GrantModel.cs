using SseStreaming.Api.Auth;
using SseStreaming.Domain;

namespace SseStreaming.Api.Controllers.Models;

/// <summary>A grant as its maker gets it.</summary>
/// <param name="Grant">What goes into <c>grant</c> of the query of a stream's state, events and text.</param>
/// <param name="Expires">When it is no longer accepted, and what it opened ends.</param>
/// <param name="Url">The events of the stream, with the grant.</param>
internal sealed record GrantModel(string Grant, DateTimeOffset Expires, string Url)
{
    internal static GrantModel Create(StreamId streamId, string grant, DateTimeOffset expires) =>
        new(grant, expires, $"/streams/{streamId}/events?{QuerySecrets.GrantName}={grant}");
}
