using System.Globalization;
using System.Net;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>
/// A failure of the model's server, in this server's own words: the words of that server may quote the prompt or the key.
/// </summary>
internal sealed record UpstreamFault(string Type, string Title, string Detail)
{
    private static readonly HttpRequestError[] Unconnected =
    [
        HttpRequestError.ConnectionError, HttpRequestError.NameResolutionError, HttpRequestError.SecureConnectionError, HttpRequestError.ProxyTunnelError,
    ];

    /// <summary>True if another attempt may help, as long as there was no segment.</summary>
    public bool MayRetry { get; init; }

    /// <summary>True if the request is at fault, for example because it is too long: other requests to the model may succeed.</summary>
    public bool IsOfTheRequest { get; init; }

    /// <summary>True if the server does not know the path or the model, or does not accept the request.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>How long the server asks to wait before the next request.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>For the log: a status, or the kind of an exception.</summary>
    public string Cause { get; init; } = "-";

    public static UpstreamFault Unreachable(Exception cause) =>
        new(ProblemTypes.UpstreamRefused, "The model can't be reached.", "The connection to the server of the model failed.")
        {
            MayRetry = true,
            Cause = NameOf(cause),
        };

    public static UpstreamFault ConnectTimeout(TimeSpan timeout) => new(ProblemTypes.UpstreamTimeout, "The model can't be reached.",
        $"The connection to the server of the model was not made within {ToSeconds(timeout)}.")
    {
        MayRetry = true,
        Cause = "connect",
    };

    /// <summary>The client of the model waited for too long, by a limit of its own.</summary>
    public static UpstreamFault ClientTimeout { get; } = new(ProblemTypes.UpstreamTimeout, "The model was silent for too long.",
        "The client of the model gave up waiting for it.")
    {
        MayRetry = true,
        Cause = "client",
    };

    public static UpstreamFault FirstSegmentTimeout(TimeSpan timeout) => new(ProblemTypes.UpstreamTimeout, "The model was silent for too long.",
        $"The model sent nothing within {ToSeconds(timeout)}.")
    {
        Cause = "first segment",
    };

    public static UpstreamFault SegmentTimeout(TimeSpan timeout) => new(ProblemTypes.UpstreamTimeout, "The model was silent for too long.",
        $"The model stopped in the middle of its text, and sent nothing more within {ToSeconds(timeout)}. The text up to here is complete.")
    {
        MayRetry = true,
        Cause = "between segments",
    };

    public static UpstreamFault Garbled(string cause) => new(ProblemTypes.UpstreamGarbled, "The model could not be understood.",
        "The server of the model sent something that is not in the expected format.")
    {
        Cause = cause,
    };

    public static UpstreamFault CutOff(string cause) => new(ProblemTypes.UpstreamCutOff, "The model was cut off.",
        "The connection to the server of the model ended before the text did. The text up to here is complete.")
    {
        MayRetry = true,
        Cause = cause,
    };

    /// <summary>The server marked the end of a text of which it had sent nothing, and gave no reason.</summary>
    public static UpstreamFault Empty { get; } = new(ProblemTypes.UpstreamError, "The model failed.",
        "The server of the model ended its answer without a text, and without a reason.")
    {
        Cause = "empty answer",
    };

    /// <summary>The server reported an error where the text should go on.</summary>
    public static UpstreamFault ErrorObject { get; } = new(ProblemTypes.UpstreamError, "The model failed.",
        "The server of the model reported an error instead of more text. The text up to here is complete.")
    {
        MayRetry = true,
        Cause = "error object",
    };

    public static UpstreamFault FromStatus(int status, TimeSpan? retryAfter)
    {
        var fault = (HttpStatusCode)status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UpstreamFault(ProblemTypes.UpstreamUnauthorized,
                "The model is not open to this server.", $"The server of the model does not accept this server's key (status {status})."),
            HttpStatusCode.TooManyRequests => new UpstreamFault(ProblemTypes.UpstreamRateLimited, "The model gets too many requests.",
                retryAfter is { } wait
                    ? $"The server of the model accepts no more requests at the moment (status {status}), and asks to wait {ToSeconds(wait)}."
                    : $"The server of the model accepts no more requests at the moment (status {status})."),
            _ => new UpstreamFault(ProblemTypes.UpstreamError, "The model failed.", $"The server of the model answered with status {status}."),
        };
        return fault with
        {
            MayRetry = status is 408 or 429 or >= 500,
            IsOfTheRequest = status is 400 or 413 or 422,
            IsRefusal = status is 400 or 404 or 405 or 422,
            RetryAfter = retryAfter,
            Cause = status.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The fault of a failed connection or an answer that can't be read; null if the connection ended while it was read.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="connectTimeout">The time limit for a connection; null if it is the client's own.</param>
    public static UpstreamFault? FromException(Exception exception, TimeSpan? connectTimeout) => exception switch
    {
        // The other timeouts are not the handler's.
        OperationCanceledException => connectTimeout is { } limit ? ConnectTimeout(limit) : ClientTimeout,
        // A frame that is too large, or compressed bytes that are damaged.
        InvalidDataException or InvalidOperationException => Garbled(NameOf(exception)),
        HttpRequestException { HttpRequestError: var error } when Unconnected.Contains(error) => Unreachable(exception),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => Garbled(NameOf(exception)),
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => Garbled(nameof(HttpRequestError.InvalidResponse)),
        _ => null,
    };

    public static string NameOf(Exception exception) =>
        exception is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : exception.GetType().Name;

    /// <summary>Without the exception that was caught, whose message would be logged with all that it quotes.</summary>
    public GenerationFailedException ToException() => new(Type, Title, Detail);

    private static string ToSeconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
