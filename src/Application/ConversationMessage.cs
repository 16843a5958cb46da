using System.Text.Json.Serialization;

namespace SseStreaming.Application;

/// <summary>One message of a conversation that a request carries, oldest first.</summary>
public sealed record ConversationMessage(ConversationRole Role, string Content);

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
