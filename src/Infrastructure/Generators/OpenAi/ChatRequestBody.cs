using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>The JSON of a request for a streamed chat completion.</summary>
internal static class ChatRequestBody
{
    /// <param name="request">The request for the generation.</param>
    /// <param name="options">The settings of the model.</param>
    /// <param name="textSoFar">The text that the answer is to continue; empty for a new one.</param>
    public static BinaryData Create(GenerationRequest request, OpenAiOptions options, string textSoFar)
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
            SamplingFields.Write(json, request.Options, options);
            if (textSoFar.Length > 0 && options.Continue is ContinueMethod.ContinueFinalMessage)
            {
                json.WriteBoolean("continue_final_message", true);
                json.WriteBoolean("add_generation_prompt", false);
            }
            WriteMessages(json, request, options, textSoFar);
            json.WriteEndObject();
        }
        return new BinaryData(buffer.ToArray());
    }

    private static void WriteMessages(Utf8JsonWriter json, GenerationRequest request, OpenAiOptions options, string textSoFar)
    {
        json.WriteStartArray("messages");
        if (!string.IsNullOrEmpty(options.SystemPrompt))
            WriteMessage(json, ConversationRole.System, options.SystemPrompt);
        if (request.Messages.Count == 0)
            WriteMessage(json, ConversationRole.User, request.Prompt!);
        // The text may continue a message of the conversation already: two messages in a row would be two answers.
        var isBegun = textSoFar.Length > 0 && request.Messages.Count > 0 && request.Messages[^1].Role is ConversationRole.Assistant;
        foreach (var message in isBegun ? request.Messages.SkipLast(1) : request.Messages)
            WriteMessage(json, message.Role, message.Content);
        if (textSoFar.Length > 0)
        {
            var content = isBegun ? request.Messages[^1].Content + textSoFar : textSoFar;
            WriteMessage(json, ConversationRole.Assistant, content, isPrefix: options.Continue is ContinueMethod.Prefix);
        }
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, ConversationRole role, string content, bool isPrefix = false)
    {
        json.WriteStartObject();
        json.WriteString("role", role switch
        {
            ConversationRole.System => "system",
            ConversationRole.Assistant => "assistant",
            _ => "user",
        });
        json.WriteString("content", content);
        if (isPrefix)
            json.WriteBoolean("prefix", true);
        json.WriteEndObject();
    }
}
