namespace SseStreaming.Client;

/// <summary>The generation failed. A <see cref="TextStreamFailedException"/> follows this event.</summary>
public sealed class FailedEvent : TextStreamEvent
{
    internal FailedEvent(string id, TextStreamProblem problem)
        : base(id)
    {
        Problem = problem;
    }

    /// <summary>What failed.</summary>
    public TextStreamProblem Problem { get; }
}
