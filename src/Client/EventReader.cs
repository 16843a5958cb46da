using System.Net.ServerSentEvents;
using System.Text.Json;

namespace SseStreaming.Client;

/// <summary>Reads the events of this server from items of the event stream format.</summary>
internal static class EventReader
{
    /// <summary>The event; null if its kind is unknown, because later versions of the server may have more kinds.</summary>
    /// <param name="item">The item.</param>
    /// <param name="id">The last event id after the item.</param>
    public static TextStreamEvent? Read(SseItem<string> item, string id) => item.EventType switch
    {
        SseParser.EventTypeDefault => new SegmentEvent(id, item.Data),
        "started" when ReadObject(item.Data) is var data => new StartedEvent(id, GetText(data, "streamId") ?? "", GetText(data, "source")),
        "completed" when ReadObject(item.Data) is var data => new CompletedEvent(id, GetText(data, "finishReason"), data),
        "stopped" when ReadObject(item.Data) is var data => new StoppedEvent(id, GetText(data, "reason"), data),
        "failed" => new FailedEvent(id, ReadProblem(item.Data)),
        _ => null,
    };

    private static string? GetText(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    /// <summary>The name of an event alone says that a stream ends: unreadable data is an empty object.</summary>
    private static JsonElement ReadObject(string json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, ClientJson.Default.JsonElement) is { ValueKind: JsonValueKind.Object } data)
                return data;
        }
        catch (JsonException)
        {
            // As said above.
        }
        return JsonSerializer.Deserialize("{}", ClientJson.Default.JsonElement);
    }

    private static TextStreamProblem ReadProblem(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ClientJson.Default.TextStreamProblem) ?? new TextStreamProblem();
        }
        catch (JsonException)
        {
            return new TextStreamProblem();
        }
    }
}
