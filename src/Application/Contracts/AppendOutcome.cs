namespace SseStreaming.Application.Contracts;

/// <summary>What became of an append. Only <see cref="Appended"/> has changed the stream.</summary>
public enum AppendOutcome
{
    /// <summary>The append is stored.</summary>
    Appended,

    /// <summary>The append was stored before: nothing has changed.</summary>
    Repeated,

    /// <summary>An append of the same producer is missing before this one.</summary>
    Gap,

    /// <summary>The producer has a higher epoch.</summary>
    Fenced,

    /// <summary>A new epoch does not begin at 0.</summary>
    BadStart,

    /// <summary>The stream has ended.</summary>
    Closed,

    /// <summary>The order is not above the last one.</summary>
    OutOfOrder,
}
