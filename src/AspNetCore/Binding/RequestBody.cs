using Microsoft.Net.Http.Headers;

namespace SseStreaming.AspNetCore.Binding;

/// <summary>Reads the body of a request into memory: its size is limited.</summary>
internal static class RequestBody
{
    /// <exception cref="BadHttpRequestException">The body is larger than the server accepts, or incomplete.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>True for a type without a charset, too: the bytes tell.</summary>
    public static bool IsUtf8(this MediaTypeHeaderValue type) =>
        !type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}
