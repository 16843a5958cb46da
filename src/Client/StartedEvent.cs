namespace SseStreaming.Client;

/// <summary>The first event of a stream.</summary>
public sealed class StartedEvent : TextStreamEvent
{
    internal StartedEvent(string id, string streamId, string? source)
        : base(id)
    {
        StreamId = streamId;
        Source = source;
    }

    /// <summary>Id of the stream, with which any client that may read it opens it.</summary>
    public string StreamId { get; }

    /// <summary>Name of the source that generates the text.</summary>
    public string? Source { get; }
}
