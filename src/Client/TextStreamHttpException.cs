using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace SseStreaming.Client;

/// <summary>The server answered with a status that is no stream.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public sealed class TextStreamHttpException : TextStreamException
{
    internal TextStreamHttpException(HttpStatusCode statusCode, TextStreamProblem? problem, TimeSpan? retryAfter)
        : base(problem?.Detail ?? problem?.Title ?? $"The server answered with status {(int)statusCode}.")
    {
        StatusCode = statusCode;
        Problem = problem;
        RetryAfter = retryAfter;
    }

    /// <summary>Status of the answer.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>The problem details of the answer; null if it had none.</summary>
    public TextStreamProblem? Problem { get; }

    /// <summary>The delay that the server asked for; null if it asked for none.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <inheritdoc/>
    public override bool IsTransient => StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
}
