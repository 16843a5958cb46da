namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>A request for a grant.</summary>
/// <param name="Lifetime">How long the grant is valid.</param>
internal sealed record GrantRequest(TimeSpan Lifetime);
