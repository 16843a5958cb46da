using System.Collections.Frozen;
using System.Text.Json;

namespace SseStreaming.AspNetCore.Doors.OpenAi;

/// <summary>The fields that the protocol defines, and which of them this server does not support.</summary>
internal static class RequestFields
{
    public static readonly OpenAiError UnknownModel =
        OpenAiError.NotFound("There is no such model: GET /v1/models lists those of this server.", "model", "model_not_found");

    // Before the sets that use it.
    private static readonly string[] Common =
    [
        "model", "metadata", "moderation", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier",
        "service_tier", "store", "stream", "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user",
    ];

    /// <summary>They are never options of a source, unless the source has one of that name.</summary>
    public static readonly FrozenSet<string> Chat = Create(
        "messages", "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "modalities",
        "n", "prediction", "presence_penalty", "reasoning_effort", "response_format", "seed", "stop", "verbosity", "web_search_options");

    /// <inheritdoc cref="Chat"/>
    public static readonly FrozenSet<string> Response = Create(
        "input", "background", "context_management", "conversation", "include", "instructions", "max_output_tokens", "max_tool_calls", "previous_response_id",
        "prompt", "reasoning", "text", "truncation");

    /// <summary>The error for the first field that asks for what this server can't do.</summary>
    public static OpenAiError? FindUnsupported(JsonElement body, FrozenSet<string> fields)
    {
        foreach (var field in body.EnumerateObject())
        {
            if (fields.Contains(field.Name) && FindUnsupported(field) is { } param)
                return OpenAiError.Invalid(param, $"This server does not support '{param}'.", OpenAiError.UnsupportedParameter);
        }
        return null;
    }

    private static string? FindUnsupported(JsonProperty field) => field.Name switch
    {
        _ when field.Value.ValueKind is JsonValueKind.Null => null,
        "tools" or "functions" => field.Value.ValueKind is JsonValueKind.Array && field.Value.GetArrayLength() == 0 ? null : field.Name,
        "n" => field.Value.ValueKind is JsonValueKind.Number && field.Value.TryGetInt32(out var count) && count == 1 ? null : field.Name,
        "top_logprobs" => field.Value.ValueKind is JsonValueKind.Number && field.Value.TryGetInt32(out var count) && count == 0 ? null : field.Name,
        "logprobs" => field.Value.ValueKind is JsonValueKind.False ? null : field.Name,
        "response_format" => IsText(field.Value) ? null : field.Name,
        "text" => IsText(field.Value, "format") ? null : "text.format",
        "modalities" => field.Value.ValueKind is JsonValueKind.Array && field.Value.EnumerateArray().All(item => item.ValueEquals("text")) ? null : field.Name,
        "audio" or "web_search_options" or "previous_response_id" or "conversation" or "prompt" => field.Name,
        _ => null,
    };

    private static bool IsText(JsonElement format) =>
        format.ValueKind is JsonValueKind.Object && format.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("text");

    private static bool IsText(JsonElement text, string name) =>
        text.ValueKind is JsonValueKind.Object
        && (!text.TryGetProperty(name, out var format) || format.ValueKind is JsonValueKind.Null || IsText(format));

    private static FrozenSet<string> Create(params string[] fields) => fields.Concat(Common).ToFrozenSet(StringComparer.Ordinal);
}
