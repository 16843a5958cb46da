using System.Text.Json;
using SseStreaming.Domain;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>What a client of the AI SDK saw of one request.</summary>
/// <param name="ChatId">The chat.</param>
/// <param name="Status">The status of the response.</param>
/// <param name="StreamId">The header of the response.</param>
/// <param name="Protocol">The version of the protocol that the response named.</param>
/// <param name="Text">The text of the message.</param>
/// <param name="MessageId">The id of the message.</param>
/// <param name="Metadata">The metadata of the message.</param>
/// <param name="Chunks">The chunks other than those of the text.</param>
/// <param name="IsNone">True if there was nothing to reconnect to.</param>
/// <param name="Error">What the client threw.</param>
internal sealed record AiSdkResult(
    string ChatId, int Status, string? StreamId, string? Protocol, string Text, string? MessageId, JsonElement Metadata, JsonElement[] Chunks, bool IsNone, AiSdkError? Error)
{
    /// <summary>The stream that the header named.</summary>
    public StreamId Id => Domain.StreamId.TryParse(StreamId, out var id) ? id : throw new AssertionException("The response named no stream.");

    /// <summary>The types of the chunks.</summary>
    public IEnumerable<string?> Types => Chunks.Select(chunk => chunk.GetProperty("type").GetString());
}
