using SseStreaming.Application.Contracts;

namespace SseStreaming.Application.Generations;

/// <summary>A fault whose words are meant for viewers: they hold no secret, no prompt and no generated text.</summary>
public sealed class GenerationFailedException : Exception
{
    /// <param name="problemType">URI of the kind of problem; see <see cref="ProblemTypes"/>.</param>
    /// <param name="title">The kind in a few words.</param>
    /// <param name="detail">This case in a sentence.</param>
    /// <param name="innerException">What was caught, for the log.</param>
    public GenerationFailedException(string problemType, string title, string detail, Exception? innerException = null)
        : base(title, innerException)
    {
        ProblemType = problemType;
        Title = title;
        Detail = detail;
    }

    public string ProblemType { get; }

    public string Title { get; }

    public string Detail { get; }
}
