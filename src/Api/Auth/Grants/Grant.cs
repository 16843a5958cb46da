using SseStreaming.Domain;

namespace SseStreaming.Api.Auth.Grants;

/// <summary>Its bearer may read one stream, whoever owns it, until it expires.</summary>
internal sealed record Grant(StreamId StreamId, DateTimeOffset Expires);
