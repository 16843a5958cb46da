namespace SseStreaming.Api.Auth.Tokens;

/// <summary>An endpoint that takes the access token from the query, where there is no header: streams that an <c>EventSource</c> opens.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesTokenInQueryAttribute : Attribute;
