namespace SseStreaming.AspNetCore.Auth;

/// <summary>Marks an action that starts a generation although its method is GET, unless the request has a last event id.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StartsGenerationAttribute : Attribute;
