using System.Collections.Frozen;
using System.Text.Json;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors;

/// <summary>What all doors make of a request that starts a generation.</summary>
internal static class DoorRequest
{
    /// <summary>A request with more fields than this has some that no source knows, and is refused for these.</summary>
    private const int MaxOptions = 64;

    /// <summary>True unless the source has no end: the beginning of such a text is not kept, and clients expect it.</summary>
    public static bool HasEnd(this SourceDescription source) => source.KeepsEvents is null;

    /// <summary>The source with a name; null if there is none.</summary>
    public static SourceDescription? FindSource(this ITextStreamService streams, string? name) =>
        streams.Sources.FirstOrDefault(source => source.Name == name);

    /// <summary>Adds the conversation: as it is, or the text of the last user message as the prompt of a source that takes no messages.</summary>
    public static StartRequest WithConversation(this StartRequest request, SourceDescription source, IReadOnlyList<ConversationMessage> messages) =>
        source.TakesMessages
            ? request with { Messages = messages }
            : request with { Prompt = messages.LastOrDefault(message => message.Role is ConversationRole.User)?.Content };

    /// <summary>
    /// The options of the source among the fields of a body: all that the door's protocol does not define, and those that it does if the
    /// source has an option of that name. The service refuses what the source does not know.
    /// </summary>
    public static Dictionary<string, OptionValue> ReadOptions(JsonElement body, SourceDescription source, FrozenSet<string> protocolFields) => body
        .EnumerateObject()
        .Where(field => field.Value.ValueKind is not JsonValueKind.Null
            && (!protocolFields.Contains(field.Name) || source.Options.Any(option => option.Name == field.Name)))
        .Take(MaxOptions)
        .ToDictionary(field => field.Name, field => field.Value.ToOptionValue(), StringComparer.Ordinal);
}
