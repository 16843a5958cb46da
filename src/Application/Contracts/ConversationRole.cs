using System.Text.Json.Serialization;

namespace SseStreaming.Application.Contracts;

/// <summary>Who says a message.</summary>
public enum ConversationRole
{
    [JsonStringEnumMemberName("system")]
    System,

    [JsonStringEnumMemberName("user")]
    User,

    [JsonStringEnumMemberName("assistant")]
    Assistant,
}
