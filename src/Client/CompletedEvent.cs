using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>The source has ended its text.</summary>
public sealed class CompletedEvent : TextStreamEvent
{
    internal CompletedEvent(string id, string? finishReason, JsonElement details)
        : base(id)
    {
        FinishReason = finishReason;
        Details = details;
    }

    /// <summary><c>stop</c> for a whole text; any other reason, such as <c>length</c>, for a text that the source cut short.</summary>
    public string? FinishReason { get; }

    /// <summary>All data of the event: segments, characters, the usage that a model reported.</summary>
    public JsonElement Details { get; }
}
