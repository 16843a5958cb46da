namespace SseStreaming.Application.Contracts;

/// <summary>The <c>type</c> of problem details (RFC 9457) of this API, in responses and in <c>failed</c> events.</summary>
public static class ProblemTypes
{
    private const string Prefix = "urn:problem-type:sse-streaming:";

    public const string InvalidInput = Prefix + "invalid-input";
    public const string UnknownStream = Prefix + "unknown-stream";
    public const string Unauthenticated = Prefix + "unauthenticated";
    public const string AuthorityUnavailable = Prefix + "authority-unavailable";
    public const string Forbidden = Prefix + "forbidden";
    public const string HostNotAllowed = Prefix + "host-not-allowed";
    public const string CrossSite = Prefix + "cross-site";
    public const string Expired = Prefix + "position-expired";
    public const string BeyondEnd = Prefix + "position-beyond-end";
    public const string KeyReused = Prefix + "idempotency-key-reused";
    public const string Full = Prefix + "full";
    public const string TooLarge = Prefix + "too-large";
    public const string TooManyGenerations = Prefix + "too-many-generations";
    public const string TooManyViewers = Prefix + "too-many-viewers";
    public const string TooManyStarts = Prefix + "too-many-starts";
    public const string Busy = Prefix + "busy";
    public const string StoreUnavailable = Prefix + "store-unavailable";
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
