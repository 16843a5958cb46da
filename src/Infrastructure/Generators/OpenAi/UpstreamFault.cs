using System.Globalization;
using System.Net;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.OpenAi;

/// <summary>
/// What went wrong with the model's server, in this server's own words: whatever that one said may quote the prompt, or the key.
/// </summary>
internal sealed record UpstreamFault(string Type, string Title, string Detail)
{
    /// <summary>True if another try may help, as long as there was no segment.</summary>
    public bool MayRetry { get; init; }

    /// <summary>True if it is rather the request that did not do, as one that is too long: the model can be used all the same.</summary>
    public bool IsOfTheRequest { get; init; }

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>For the log: a status, or the kind of an exception.</summary>
    public string Cause { get; init; } = "-";

    public static UpstreamFault Unreachable(Exception cause) =>
        new(ProblemTypes.UpstreamRefused, "The model can't be reached.", "No connection to the server of the model came about.")
        {
            MayRetry = true,
            Cause = NameOf(cause),
        };

    public static UpstreamFault ConnectTimeout(TimeSpan timeout) => new(ProblemTypes.UpstreamTimeout, "The model can't be reached.",
        $"No connection to the server of the model came about within {Seconds(timeout)}.")
    {
        MayRetry = true,
        Cause = "connect",
    };

    public static UpstreamFault FirstSegmentTimeout(TimeSpan timeout) => new(ProblemTypes.UpstreamTimeout, "The model was silent for too long.",
        $"The model said nothing within {Seconds(timeout)}.")
    {
        Cause = "first segment",
    };

    public static UpstreamFault SegmentTimeout(TimeSpan timeout) => new(ProblemTypes.UpstreamTimeout, "The model was silent for too long.",
        $"The model stopped in the middle of its text, and said nothing more within {Seconds(timeout)}. The text up to here is complete.")
    {
        MayRetry = true,
        Cause = "between segments",
    };

    public static UpstreamFault Garbled(string cause) => new(ProblemTypes.UpstreamGarbled, "The model could not be understood.",
        "The server of the model sent something that is not in the agreed format.")
    {
        Cause = cause,
    };

    public static UpstreamFault CutOff(string cause) => new(ProblemTypes.UpstreamCutOff, "The model was cut off.",
        "The connection to the server of the model ended before the text did. The text up to here is complete.")
    {
        MayRetry = true,
        Cause = cause,
    };

    /// <summary>An error object in place of a piece of text.</summary>
    public static UpstreamFault ErrorObject { get; } = new(ProblemTypes.UpstreamError, "The model failed.",
        "The server of the model reported an error instead of going on with the text. The text up to here is complete.")
    {
        MayRetry = true,
        Cause = "error object",
    };

    public static UpstreamFault OfStatus(int status, TimeSpan? retryAfter)
    {
        var fault = (HttpStatusCode)status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UpstreamFault(ProblemTypes.UpstreamUnauthorized,
                "The model is not open to this server.", $"The server of the model does not accept this server's key (status {status})."),
            HttpStatusCode.TooManyRequests => new UpstreamFault(ProblemTypes.UpstreamRateLimited, "The model is asked too often.",
                retryAfter is { } wait
                    ? $"The server of the model takes no more requests at the moment (status {status}), and asks to wait {Seconds(wait)}."
                    : $"The server of the model takes no more requests at the moment (status {status})."),
            _ => new UpstreamFault(ProblemTypes.UpstreamError, "The model failed.", $"The server of the model answered with status {status}."),
        };
        return fault with
        {
            MayRetry = status is 408 or 429 or >= 500,
            IsOfTheRequest = status is 400 or 413 or 422,
            RetryAfter = retryAfter,
            Cause = status.ToString(CultureInfo.InvariantCulture),
        };
    }

    public static string NameOf(Exception exception) =>
        exception is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : exception.GetType().Name;

    /// <summary>Without the exception that was caught, which would be logged with whatever it quotes.</summary>
    public GenerationFailedException ToException() => new(Type, Title, Detail);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
