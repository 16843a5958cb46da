using System.Text.Json.Serialization;

namespace SseStreaming.Application.Contracts;

/// <summary>The author of a message.</summary>
public enum ConversationRole
{
    /// <summary>Instructions to the model.</summary>
    [JsonStringEnumMemberName("system")]
    System,

    /// <summary>The person, or the program, that asks.</summary>
    [JsonStringEnumMemberName("user")]
    User,

    /// <summary>The model.</summary>
    [JsonStringEnumMemberName("assistant")]
    Assistant,
}
