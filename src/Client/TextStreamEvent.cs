namespace SseStreaming.Client;

/// <summary>An event of a stream.</summary>
public abstract class TextStreamEvent
{
    private protected TextStreamEvent(string id) => Id = id;

    /// <summary>The id to resume after this event; opaque.</summary>
    public string Id { get; }
}
