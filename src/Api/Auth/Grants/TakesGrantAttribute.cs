namespace SseStreaming.Api.Auth.Grants;

/// <summary>An endpoint that a grant is enough for: it reads one stream.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesGrantAttribute : Attribute;
