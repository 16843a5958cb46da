namespace SseStreaming.Application.Contracts;

/// <summary>The <c>type</c> of problem details (RFC 9457) of this API, in responses and in <c>failed</c> events.</summary>
public static class ProblemTypes
{
    private const string Prefix = "urn:problem-type:sse-streaming:";

    /// <summary>A field or a header is not valid.</summary>
    public const string InvalidInput = Prefix + "invalid-input";

    /// <summary>There is no such stream, or not for this caller.</summary>
    public const string UnknownStream = Prefix + "unknown-stream";

    /// <summary>The request has no valid token.</summary>
    public const string Unauthenticated = Prefix + "unauthenticated";

    /// <summary>The keys of the token's issuer can't be read now.</summary>
    public const string AuthorityUnavailable = Prefix + "authority-unavailable";

    /// <summary>The caller may not do that.</summary>
    public const string Forbidden = Prefix + "forbidden";

    /// <summary>The server does not answer for the host that the request names.</summary>
    public const string HostNotAllowed = Prefix + "host-not-allowed";

    /// <summary>A page of another site sent the request.</summary>
    public const string CrossSite = Prefix + "cross-site";

    /// <summary>The events after the position are no longer kept.</summary>
    public const string Expired = Prefix + "position-expired";

    /// <summary>The position is after the last event.</summary>
    public const string BeyondEnd = Prefix + "position-beyond-end";

    /// <summary>The idempotency key was used before with another request.</summary>
    public const string KeyReused = Prefix + "idempotency-key-reused";

    /// <summary>The store is full.</summary>
    public const string Full = Prefix + "full";

    /// <summary>The text would exceed a limit of its stream.</summary>
    public const string TooLarge = Prefix + "too-large";

    /// <summary>The client has reached its limit of running generations.</summary>
    public const string TooManyGenerations = Prefix + "too-many-generations";

    /// <summary>The client has reached its limit of open responses.</summary>
    public const string TooManyViewers = Prefix + "too-many-viewers";

    /// <summary>The client has reached its limit of starts per minute.</summary>
    public const string TooManyStarts = Prefix + "too-many-starts";

    /// <summary>The server has reached a limit for all clients together.</summary>
    public const string Busy = Prefix + "busy";

    /// <summary>The store is unavailable.</summary>
    public const string StoreUnavailable = Prefix + "store-unavailable";

    /// <summary>The server is stopping.</summary>
    public const string Stopping = Prefix + "stopping";

    /// <summary>The source failed during a generation.</summary>
    public const string SourceFailed = Prefix + "source-failed";

    /// <summary>The upstream of the source refuses connections.</summary>
    public const string UpstreamRefused = Prefix + "upstream-refused";

    /// <summary>The upstream does not accept this server's key, user or password.</summary>
    public const string UpstreamUnauthorized = Prefix + "upstream-unauthorized";

    /// <summary>The upstream limits the rate of requests.</summary>
    public const string UpstreamRateLimited = Prefix + "upstream-rate-limited";

    /// <summary>The upstream reported an error, or rejected the request.</summary>
    public const string UpstreamError = Prefix + "upstream-error";

    /// <summary>The upstream sent data in another format.</summary>
    public const string UpstreamGarbled = Prefix + "upstream-garbled";

    /// <summary>The upstream closed the connection in the middle of the text.</summary>
    public const string UpstreamCutOff = Prefix + "upstream-cut-off";

    /// <summary>The upstream sent nothing within the time limit.</summary>
    public const string UpstreamTimeout = Prefix + "upstream-timeout";

    /// <summary>The server that ran the generation stopped or died.</summary>
    public const string Interrupted = Prefix + "interrupted";

    /// <summary>An append to a stream that has ended.</summary>
    public const string StreamEnded = Prefix + "stream-ended";

    /// <summary>An append of the same producer is missing before this one.</summary>
    public const string ProducerGap = Prefix + "producer-gap";

    /// <summary>A producer with the same id and a higher epoch has appended.</summary>
    public const string ProducerFenced = Prefix + "producer-fenced";

    /// <summary>An append with the same or a higher order was stored before.</summary>
    public const string OutOfOrder = Prefix + "out-of-order";

    /// <summary>The client that writes the stream ended it as failed.</summary>
    public const string WriterFailed = Prefix + "writer-failed";

    /// <summary>The client that writes the stream appended nothing within the time limit.</summary>
    public const string Idle = Prefix + "idle";

    /// <summary>Events could not be stored.</summary>
    public const string StoreFailed = Prefix + "store-failed";

    /// <summary>The last part of a problem type of this API; null for other text.</summary>
    public static string? GetName(string type) => type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..] : null;
}
