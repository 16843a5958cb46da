using System.Net;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>An answer with a failed status. Its body is not read, because it may quote the prompt or the key.</summary>
internal sealed class UpstreamStatusException(HttpStatusCode status, TimeSpan? retryAfter) : HttpRequestException(null, null, status)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
