namespace SseStreaming.AspNetCore.Binding;

/// <summary>The <c>Idempotency-Key</c> of a request that starts a generation.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;

    /// <summary>The key; null without one, and after it has reported an error to <paramref name="reject"/>.</summary>
    public static string? Read(HttpRequest request, Action<string, string> reject)
    {
        var key = request.Headers[Header].ToString();
        if (key.Length <= MaxLength && key.All(c => c is >= '!' and <= '~'))
            return key.Length == 0 ? null : key;
        reject(Header, $"'{Header}' must be 1 to {MaxLength} printable ASCII characters without spaces.");
        return null;
    }
}
