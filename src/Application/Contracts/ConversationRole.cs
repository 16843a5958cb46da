using System.Text.Json.Serialization;

namespace SseStreaming.Application.Contracts;

/// <summary>The author of a message.</summary>
public enum ConversationRole
{
    [JsonStringEnumMemberName("system")]
    System,

    [JsonStringEnumMemberName("user")]
    User,

    [JsonStringEnumMemberName("assistant")]
    Assistant,
}
