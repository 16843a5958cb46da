namespace SseStreaming.Domain;

/// <summary>One event. Its data is well-formed UTF-8: the text of a segment, or the JSON of another kind.</summary>
public readonly record struct StreamEvent(EventKind Kind, ReadOnlyMemory<byte> Data)
{
    /// <summary>True if the event closes its stream.</summary>
    public bool IsTerminal => Kind.IsTerminal();
}
