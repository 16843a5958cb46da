using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Limits;

namespace SseStreaming.Application.Sources;

/// <summary>Validates the prompt or the conversation of a request against its source and the limits.</summary>
internal static class PromptValidator
{
    private const string Prompt = "prompt";
    private const string Messages = "messages";

    public static bool Validate(StartRequest request, SourceDescription source, LimitsOptions limits, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = FindError(request, source, limits) is var (field, detail) ? Refusal.Invalid(field, detail) : null;
        return refusal is null;
    }

    private static (string Field, string Detail)? FindError(StartRequest request, SourceDescription source, LimitsOptions limits)
    {
        if (request.Prompt?.Length > limits.PromptCharacters)
            return (Prompt, $"'prompt' is longer than {limits.PromptCharacters} characters.");
        if (request.Messages.Count == 0)
            return source.Prompt is PromptUse.Required && string.IsNullOrWhiteSpace(request.Prompt)
                ? (Prompt, $"'prompt' is missing: the source '{source.Name}' needs one{(source.TakesMessages ? ", or 'messages'" : "")}.")
                : null;

        return !source.TakesMessages ? (Messages, $"The source '{source.Name}' takes no 'messages'.")
            : request.Prompt is not null ? (Messages, "'messages' can't be combined with 'prompt': send the prompt as the last message.")
            : request.Messages.Count > limits.Messages ? (Messages, $"'messages' has more than {limits.Messages} messages.")
            : request.Messages.Sum(message => (long)message.Content.Length) > limits.ConversationCharacters
                ? (Messages, $"'messages' is longer than {limits.ConversationCharacters} characters in total.")
            : null;
    }
}
