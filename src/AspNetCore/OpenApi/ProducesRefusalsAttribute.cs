namespace SseStreaming.AspNetCore.OpenApi;

/// <summary>Declares the statuses with which an action refuses requests.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProducesRefusalsAttribute(params int[] statuses) : Attribute
{
    public IReadOnlyList<int> Statuses { get; } = statuses;
}
