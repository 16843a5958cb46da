using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The JSON of a response and of its one output item. What has a text ends with it, so that the rest is constant.</summary>
internal sealed class ResponseObject(StreamState state)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ResponseProperties _properties = ResponseProperties.Parse(state.Properties);

    public string Id { get; } = $"{ResponseId.Prefix}{state.Id}";

    public string ItemId { get; } = $"msg_{state.Id}";

    /// <summary>The end of an item after its text.</summary>
    public static ReadOnlySpan<byte> AfterItemText => "\"}]}"u8;

    /// <summary>The end of a response after its text.</summary>
    public static ReadOnlySpan<byte> AfterText => "\"}]}]}"u8;

    /// <summary>The status of a response whose stream has ended.</summary>
    public static string GetStatus(StreamEnd end) => end.Status switch
    {
        StreamStatus.Failed => "failed",
        StreamStatus.Stopped when !end.IsLimit => "cancelled",
        _ => GetIncompleteReason(end) is null ? "completed" : "incomplete",
    };

    /// <summary>A response that runs.</summary>
    public byte[] Create()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        WriteFields(json, end: null);
        json.WriteStartArray("output");
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A response that has ended, up to its text.</summary>
    public byte[] CreateBeforeText(StreamEnd end)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            WriteFields(json, end);
            json.WriteStartArray("output");
            json.Flush();
        }
        return [.. buffer.WrittenSpan, .. CreateItemBeforeText(end)];
    }

    /// <summary>The item before the first segment.</summary>
    public byte[] CreateItem()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        WriteItem(json, "in_progress");
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The item of a response that has ended, up to its text.</summary>
    public byte[] CreateItemBeforeText(StreamEnd end)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            WriteItem(json, GetStatus(end) is "completed" ? "completed" : "incomplete");
            json.Flush();
        }
        return [.. buffer.WrittenSpan, .. PartBeforeText];
    }

    /// <summary>The part up to its text.</summary>
    public static ReadOnlySpan<byte> PartBeforeText => "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\""u8;

    private void WriteItem(Utf8JsonWriter json, string status)
    {
        json.WriteStartObject();
        json.WriteString("id", ItemId);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("status", status);
        json.WriteStartArray("content");
    }

    private void WriteFields(Utf8JsonWriter json, StreamEnd? end)
    {
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", state.Created.ToUnixTimeSeconds());
        json.WriteString("status", end is null ? "in_progress" : GetStatus(end));
        json.WriteBoolean("background", _properties.Background);
        WriteError(json, end);
        WriteIncompleteDetails(json, end);
        json.WriteString("instructions", _properties.Instructions);
        json.WriteStartObject("metadata");
        foreach (var (name, value) in _properties.Metadata ?? [])
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteString("model", state.Source);
        json.WriteBoolean("parallel_tool_calls", true);
        json.WriteNull("previous_response_id");
        WriteNumber(json, "temperature", _properties.Temperature);
        WriteNumber(json, "top_p", _properties.TopP);
        WriteNumber(json, "max_output_tokens", _properties.MaxOutputTokens);
        json.WritePropertyName("text");
        json.WriteRawValue("""{"format":{"type":"text"}}"""u8);
        json.WriteString("tool_choice", "auto");
        json.WriteStartArray("tools");
        json.WriteEndArray();
        json.WriteString("truncation", "disabled");
        WriteUsage(json, end?.Usage);
    }

    private static void WriteError(Utf8JsonWriter json, StreamEnd? end)
    {
        if (end is not { Status: StreamStatus.Failed })
        {
            json.WriteNull("error");
            return;
        }
        json.WriteStartObject("error");
        json.WriteString("code", end.Reason == ProblemTypes.UpstreamRateLimited ? "rate_limit_exceeded" : "server_error");
        json.WriteString("message", $"{end.Title} {end.Detail}");
        json.WriteEndObject();
    }

    private static void WriteIncompleteDetails(Utf8JsonWriter json, StreamEnd? end)
    {
        if (end is null || GetIncompleteReason(end) is not { } reason)
        {
            json.WriteNull("incomplete_details");
            return;
        }
        json.WriteStartObject("incomplete_details");
        json.WriteString("reason", reason);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, GenerationUsage? usage)
    {
        if (usage is null)
        {
            json.WriteNull("usage");
            return;
        }
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", usage.InputTokens);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", 0);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", usage.OutputTokens);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", 0);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", usage.TotalTokens);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>Only the word for a whole text makes a response complete; a word that the API does not define is passed on.</summary>
    private static string? GetIncompleteReason(StreamEnd end) =>
        end.IsLimit ? "max_output_tokens"
        : end.Status is not StreamStatus.Completed ? null
        : end.Reason switch
        {
            "stop" => null,
            "length" => "max_output_tokens",
            var word => word,
        };
}
