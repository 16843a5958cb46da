using Microsoft.AspNetCore.Http.Features;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Reads the body of an append.</summary>
internal static class DurableBody
{
    /// <summary>The producer of the official client collects up to 1 MiB, and the message that exceeds it.</summary>
    private const long MinLimit = 2 * 1024 * 1024;

    /// <exception cref="BadHttpRequestException">The body is larger than the server accepts, or incomplete.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false, MaxRequestBodySize: < MinLimit } limit)
            limit.MaxRequestBodySize = MinLimit;
        return RequestBody.ReadAsync(request, cancellationToken);
    }
}
