using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Auth.Grants;

/// <summary>Lets its bearer read one stream of any owner until it expires.</summary>
internal sealed record Grant(StreamId StreamId, DateTimeOffset Expires);
