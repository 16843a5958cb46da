using SseStreaming.Application.Contracts;

namespace SseStreaming.Application.Generations;

/// <summary>A failure whose texts are shown to viewers: they contain no secret, no prompt and no generated text.</summary>
public sealed class GenerationFailedException : Exception
{
    /// <param name="problemType">One of <see cref="ProblemTypes"/>.</param>
    /// <param name="title">The problem type in a few words.</param>
    /// <param name="detail">This failure in one sentence.</param>
    /// <param name="innerException">The cause, for the log.</param>
    public GenerationFailedException(string problemType, string title, string detail, Exception? innerException = null)
        : base(title, innerException)
    {
        ProblemType = problemType;
        Title = title;
        Detail = detail;
    }

    /// <summary>One of <see cref="ProblemTypes"/>.</summary>
    public string ProblemType { get; }

    /// <summary>The problem type in a few words.</summary>
    public string Title { get; }

    /// <summary>This failure in one sentence.</summary>
    public string Detail { get; }
}
