namespace SseStreaming.Client;

/// <summary>A piece of the text. All pieces, concatenated with nothing between them, are the passage.</summary>
/// <param name="Id"><inheritdoc cref="TextStreamEvent" path="/param[@name='Id']"/></param>
/// <param name="Text">The text. CR and CRLF arrive as LF: the event stream format does not distinguish them.</param>
public sealed record SegmentEvent(string Id, string Text) : TextStreamEvent(Id);
