namespace SseStreaming.Client;

/// <summary>An event of a stream.</summary>
/// <param name="Id">The id to resume after this event; opaque.</param>
public abstract record TextStreamEvent(string Id);
