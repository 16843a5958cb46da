using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>The generation was stopped before the source had ended its text.</summary>
public sealed class StoppedEvent : TextStreamEvent
{
    internal StoppedEvent(string id, string? reason, JsonElement details)
        : base(id)
    {
        Reason = reason;
        Details = details;
    }

    /// <summary><c>requested</c>, <c>abandoned</c> or <c>limit</c>.</summary>
    public string? Reason { get; }

    /// <summary>All data of the event: segments, characters.</summary>
    public JsonElement Details { get; }
}
