using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The JSON of a request for a streamed chat completion.</summary>
internal static class ChatRequestBody
{
    public static BinaryData Create(GenerationRequest request, OpenAiOptions options)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("model", options.Model);
            json.WriteBoolean("stream", true);
            if (options.IncludeUsage)
            {
                json.WriteStartObject("stream_options");
                json.WriteBoolean("include_usage", true);
                json.WriteEndObject();
            }
            if (options.Temperature is { } temperature)
                json.WriteNumber("temperature", temperature);
            if (options.MaxOutputTokens is { } maxTokens)
                json.WriteNumber(options.MaxOutputTokensField, maxTokens);
            WriteMessages(json, request, options);
            json.WriteEndObject();
        }
        return new BinaryData(buffer.ToArray());
    }

    private static void WriteMessages(Utf8JsonWriter json, GenerationRequest request, OpenAiOptions options)
    {
        json.WriteStartArray("messages");
        if (!string.IsNullOrEmpty(options.SystemPrompt))
            WriteMessage(json, ConversationRole.System, options.SystemPrompt);
        foreach (var message in request.Messages)
            WriteMessage(json, message.Role, message.Content);
        if (request.Messages.Count == 0)
            WriteMessage(json, ConversationRole.User, request.Prompt!);
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, ConversationRole role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role switch
        {
            ConversationRole.System => "system",
            ConversationRole.Assistant => "assistant",
            _ => "user",
        });
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
