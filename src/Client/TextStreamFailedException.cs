using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Client;

/// <summary>The generation failed: the stream has ended, and its text is not whole.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public sealed class TextStreamFailedException : TextStreamException
{
    internal TextStreamFailedException(TextStreamProblem problem)
        : base(problem.Detail ?? problem.Title ?? "The generation failed.") => Problem = problem;

    /// <summary>What failed.</summary>
    public TextStreamProblem Problem { get; }

    /// <inheritdoc/>
    public override bool IsTransient => false;
}
