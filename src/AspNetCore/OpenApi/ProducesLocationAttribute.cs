namespace SseStreaming.AspNetCore.OpenApi;

/// <summary>Declares that the successful responses of an action have a <c>Location</c> header.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProducesLocationAttribute : Attribute;
