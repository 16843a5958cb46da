namespace SseStreaming.Domain;

/// <summary>One event: a segment's text, or the JSON of any other kind, as well-formed UTF-8.</summary>
public readonly record struct StreamEvent(EventKind Kind, ReadOnlyMemory<byte> Data)
{
    public bool IsTerminal => Kind.IsTerminal();
}
