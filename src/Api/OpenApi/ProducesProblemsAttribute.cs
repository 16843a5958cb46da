namespace SseStreaming.Api.OpenApi;

/// <summary>Says for the API's description with which statuses an action answers problem details.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProducesProblemsAttribute(params int[] statuses) : Attribute
{
    public IReadOnlyList<int> Statuses { get; } = statuses;
}
