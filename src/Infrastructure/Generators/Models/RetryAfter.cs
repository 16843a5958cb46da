using System.Globalization;
using System.Net.Http.Headers;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>How long a server asks to wait before the next request.</summary>
internal static class RetryAfter
{
    public static TimeSpan? From(Func<string, string?> header, TimeProvider time)
    {
        // Some servers send this header too: the standard one has whole seconds only.
        if (header("retry-after-ms") is { } exact
            && uint.TryParse(exact, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(milliseconds);
        if (header("Retry-After") is not { } text || !RetryConditionHeaderValue.TryParse(text, out var value))
            return null;
        var wait = value.Delta ?? (value.Date - time.GetUtcNow());
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
