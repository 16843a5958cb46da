using System.Text;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Common;

namespace SseStreaming.Api.Auth;

/// <summary>Validates the settings of <see cref="AuthOptions"/> together. Errors name settings, never a key.</summary>
internal sealed class AuthOptionsValidator : IValidateOptions<AuthOptions>
{
    /// <summary>Bytes of a key for HMAC-SHA256: a shorter key than its output is weaker (RFC 7518, section 3.2).</summary>
    private const int KeyBytes = 32;

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        List<string> errors = [.. FindErrors(options)];
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> FindErrors(AuthOptions auth)
    {
        var (hasAuthority, hasKey) = (IsSet(auth.Authority), IsSet(auth.SigningKey) || IsSet(auth.SigningKeyFile));
        // An operator who sets an authority expects that tokens are required.
        if (auth.Required is null && (hasAuthority || hasKey))
            yield return "Auth:Required must be true or false, because Auth:Authority or a key is set.";
        if (!auth.IsRequired)
            yield break;

        if (hasAuthority == hasKey)
            yield return hasKey
                ? "Auth:Authority is set together with a local key: set only one of them."
                : "Auth:Required is true, but neither Auth:Authority nor Auth:SigningKey nor Auth:SigningKeyFile is set.";
        if (hasAuthority && FindAuthorityError(auth.Authority!) is { } error)
            yield return error;
        if (hasAuthority && IsSet(auth.Issuer))
            yield return "Auth:Issuer is only for a local key: the authority states its own issuer.";
        if (hasKey && !IsSet(auth.Issuer))
            yield return "Auth:Issuer is missing: the 'iss' of the tokens that are signed with the local key.";
        if (!IsSet(auth.Audience))
            yield return "Auth:Audience is missing: the 'aud' of tokens for this server.";
        if (auth.GrantLifetime > auth.MaxGrantLifetime)
            yield return "Auth:GrantLifetime is longer than Auth:MaxGrantLifetime.";

        foreach (var secret in new[] { auth.SigningSecret, auth.GrantSecret })
        {
            if (FindKeyError(secret) is { } keyError)
                yield return $"{AuthOptions.Section}:{keyError.Setting} {keyError.Error}.";
        }
    }

    private static (string Setting, string Error)? FindKeyError(SecretSetting secret)
    {
        if (secret.FindError() is { } error)
            return error;
        return secret.Read() is { } key && Encoding.UTF8.GetByteCount(key) is var length && length < KeyBytes
            ? (secret.Source, $"is too short: it has {length} bytes, and needs at least {KeyBytes}")
            : null;
    }

    private static string? FindAuthorityError(string authority) =>
        !Uri.TryCreate(authority, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            ? "Auth:Authority must be an https address."
        : uri.Scheme == "http" && !uri.IsLoopback
            ? "Auth:Authority must be an https address, or a loopback address: over http, an attacker on the network can replace its keys."
        : uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0
            ? "Auth:Authority must not have a user, a query or a fragment."
        : null;

    private static bool IsSet(string? value) => !string.IsNullOrWhiteSpace(value);
}
