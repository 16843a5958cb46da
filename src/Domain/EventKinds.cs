namespace SseStreaming.Domain;

/// <summary>Properties of the kinds of events.</summary>
public static class EventKinds
{
    /// <summary>True for the kinds that close a stream.</summary>
    public static bool IsTerminal(this EventKind kind) => kind >= EventKind.Completed;
}
