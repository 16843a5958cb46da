using System.Text;
using Microsoft.Extensions.Options;

namespace SseStreaming.AspNetCore;

/// <summary>Validates <see cref="TextStreamsOptions"/>. Errors never contain the key.</summary>
internal sealed class TextStreamsOptionsValidator : IValidateOptions<TextStreamsOptions>
{
    /// <summary>Bytes of a key for HMAC-SHA256: a shorter key than its output is weaker (RFC 7518, section 3.2).</summary>
    private const int KeyBytes = 32;

    public ValidateOptionsResult Validate(string? name, TextStreamsOptions options) =>
        options.GrantKey is not { } key ? ValidateOptionsResult.Success
        : Encoding.UTF8.GetByteCount(key) < KeyBytes
            ? ValidateOptionsResult.Fail($"{nameof(options.GrantKey)} is too short: it needs at least {KeyBytes} bytes.")
        : options.GrantLifetime < TimeSpan.FromSeconds(1) || options.GrantLifetime > options.MaxGrantLifetime
            ? ValidateOptionsResult.Fail($"{nameof(options.GrantLifetime)} must be at least a second, and at most {nameof(options.MaxGrantLifetime)}.")
        : ValidateOptionsResult.Success;
}
