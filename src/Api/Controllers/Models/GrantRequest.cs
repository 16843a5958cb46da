namespace SseStreaming.Api.Controllers.Models;

/// <summary>How long a grant is to last.</summary>
internal sealed record GrantRequest(TimeSpan Lifetime);
