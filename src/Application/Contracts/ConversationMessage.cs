namespace SseStreaming.Application.Contracts;

/// <summary>One message of a conversation that a request carries, oldest first.</summary>
public sealed record ConversationMessage(ConversationRole Role, string Content)
{
    /// <summary>Without the content, which must not be logged.</summary>
    public override string ToString() => $"{Role}, {Content.Length} characters";
}
