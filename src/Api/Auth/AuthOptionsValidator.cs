using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Auth;

/// <summary>What no single setting of <see cref="AuthOptions"/> shows. It names settings, and never says what is in a key.</summary>
internal sealed class AuthOptionsValidator : IValidateOptions<AuthOptions>
{
    /// <summary>Bytes of a key for HMAC-SHA256: less than its output would weaken it (RFC 7518, section 3.2).</summary>
    private const int KeyBytes = 32;

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        List<string> faults = [.. FindErrors(options)];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FindErrors(AuthOptions auth)
    {
        var (hasAuthority, hasKey) = (IsSet(auth.Authority), IsSet(auth.SigningKey) || IsSet(auth.SigningKeyFile));
        // Whoever names an authority believes that it is asked.
        if (auth.Required is null && (hasAuthority || hasKey))
            yield return "Auth:Required must say true or false, as Auth:Authority or a key is set.";
        if (!auth.IsRequired)
            yield break;

        if (hasAuthority == hasKey)
            yield return hasKey
                ? "Auth:Authority is set, and a local key, too: one of them is enough."
                : "Auth:Required is true, but neither Auth:Authority nor Auth:SigningKey nor Auth:SigningKeyFile is set.";
        if (hasAuthority && ValidateAuthority(auth.Authority!) is { } fault)
            yield return fault;
        if (hasAuthority && IsSet(auth.Issuer))
            yield return "Auth:Issuer goes with a local key: an authority says its name itself.";
        if (hasKey && !IsSet(auth.Issuer))
            yield return "Auth:Issuer is missing: the 'iss' of the tokens that are signed with the local key.";
        if (!IsSet(auth.Audience))
            yield return "Auth:Audience is missing: the 'aud' of tokens that are meant for this server.";
        if (auth.GrantLifetime > auth.MaxGrantLifetime)
            yield return "Auth:GrantLifetime is longer than Auth:MaxGrantLifetime.";

        foreach (var keyFault in FindKeyErrors("Auth:SigningKey", auth.SigningKey, auth.SigningKeyFile, auth.ReadSigningKey))
            yield return keyFault;
        foreach (var keyFault in FindKeyErrors("Auth:GrantKey", auth.GrantKey, auth.GrantKeyFile, auth.ReadGrantKey))
            yield return keyFault;
    }

    private static IEnumerable<string> FindKeyErrors(string setting, string? key, string? file, Func<byte[]?> read)
    {
        if (IsSet(key) && IsSet(file))
        {
            yield return $"{setting}File is set, and {setting}, too: one of them is enough.";
            yield break;
        }
        var place = IsSet(key) ? setting : $"{setting}File";
        int? length = null;
        try
        {
            length = read()?.Length ?? KeyBytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
        }
        if (length is null)
            yield return $"{place} names a file that can't be read.";
        else if (length < KeyBytes)
            yield return $"{place} is too short: it has {length} bytes, and must have {KeyBytes}.";
    }

    private static string? ValidateAuthority(string authority) =>
        !Uri.TryCreate(authority, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            ? "Auth:Authority must be an https address."
        : uri.Scheme == "http" && !uri.IsLoopback
            ? "Auth:Authority must be an https address, or on this machine: who can change the answers on their way can make tokens."
        : uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0
            ? "Auth:Authority must not have a user, a query or a fragment."
        : null;

    private static bool IsSet(string? value) => !string.IsNullOrWhiteSpace(value);
}
