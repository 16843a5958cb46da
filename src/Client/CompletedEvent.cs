using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>The source has ended its text.</summary>
/// <param name="Id"><inheritdoc cref="TextStreamEvent" path="/param[@name='Id']"/></param>
/// <param name="FinishReason"><c>stop</c> for a whole text; any other reason, such as <c>length</c>, for a text that the source cut short.</param>
/// <param name="Details">All data of the event: segments, characters, the usage that a model reported.</param>
public sealed record CompletedEvent(string Id, string? FinishReason, JsonElement Details) : TextStreamEvent(Id);
