namespace SseStreaming.Application;

/// <summary>The <c>type</c> of problem details (RFC 9457) of this API, in answers and in <c>failed</c> events.</summary>
public static class ProblemTypes
{
    private const string Prefix = "urn:problem-type:sse-streaming:";

    public const string InvalidInput = Prefix + "invalid-input";
    public const string UnknownStream = Prefix + "unknown-stream";
    public const string Expired = Prefix + "position-expired";
    public const string BeyondEnd = Prefix + "position-beyond-end";
    public const string KeyReused = Prefix + "idempotency-key-reused";
    public const string Full = Prefix + "full";
    public const string Stopping = Prefix + "stopping";

    /// <summary>The source broke in the middle of a generation.</summary>
    public const string SourceFailed = Prefix + "source-failed";

    /// <summary>The server that ran the generation stopped or died.</summary>
    public const string Interrupted = Prefix + "interrupted";

    /// <summary>Events could not be stored.</summary>
    public const string StoreFailed = Prefix + "store-failed";
}
