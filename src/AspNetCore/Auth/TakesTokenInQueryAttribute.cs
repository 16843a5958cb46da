namespace SseStreaming.AspNetCore.Auth;

/// <summary>Marks an endpoint that also accepts the access token in the query, for an <c>EventSource</c>, which sets no headers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesTokenInQueryAttribute : Attribute;
