namespace SseStreaming.Client;

/// <summary>The first event of a stream.</summary>
/// <param name="Id"><inheritdoc cref="TextStreamEvent" path="/param[@name='Id']"/></param>
/// <param name="StreamId">Id of the stream, with which any client that may read it opens it.</param>
/// <param name="Source">Name of the source that generates the text.</param>
public sealed record StartedEvent(string Id, string StreamId, string? Source) : TextStreamEvent(Id);
