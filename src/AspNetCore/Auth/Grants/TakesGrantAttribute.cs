namespace SseStreaming.AspNetCore.Auth.Grants;

/// <summary>Marks an endpoint that accepts a grant: it reads one stream.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesGrantAttribute : Attribute;
