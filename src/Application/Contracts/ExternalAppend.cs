namespace SseStreaming.Application.Contracts;

/// <summary>An append to a stream that clients write: the texts, the end, or both.</summary>
public sealed record ExternalAppend
{
    /// <summary>Each text is at least one segment.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>How the stream ends after the texts; null: it stays open.</summary>
    public ExternalEnd? End { get; init; }

    /// <summary>Makes the append repeatable; null: a repeated append is appended twice.</summary>
    public ProducerPosition? Producer { get; init; }

    /// <summary>An order among all appends that have one: it must be above the last one, compared by bytes; null: none.</summary>
    public string? Order { get; init; }

    /// <summary>Without the content: the framework logs the arguments of an action at level Trace.</summary>
    public override string ToString() => nameof(ExternalAppend);
}
