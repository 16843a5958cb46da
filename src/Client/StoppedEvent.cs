using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>The generation was stopped before the source had ended its text.</summary>
/// <param name="Id"><inheritdoc cref="TextStreamEvent" path="/param[@name='Id']"/></param>
/// <param name="Reason"><c>requested</c>, <c>abandoned</c> or <c>limit</c>.</param>
/// <param name="Details">All data of the event: segments, characters.</param>
public sealed record StoppedEvent(string Id, string? Reason, JsonElement Details) : TextStreamEvent(Id);
