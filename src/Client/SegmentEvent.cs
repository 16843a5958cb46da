namespace SseStreaming.Client;

/// <summary>A piece of the text. All pieces, concatenated with nothing between them, are the passage.</summary>
public sealed class SegmentEvent : TextStreamEvent
{
    internal SegmentEvent(string id, string text)
        : base(id)
    {
        Text = text;
    }

    /// <summary>The text. CR and CRLF arrive as LF: the event stream format does not distinguish them.</summary>
    public string Text { get; }
}
