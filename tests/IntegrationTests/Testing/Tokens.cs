using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>
/// Valid and invalid tokens. They are written without a library, so that a test can include any error and does not use the code
/// that it tests.
/// </summary>
internal static class Tokens
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "sse-streaming";
    public const string Key = "a key of the tests, which is long enough";

    /// <summary>Settings of a server that accepts these tokens.</summary>
    public static Dictionary<string, string> Settings => new()
    {
        ["Auth:Required"] = "true",
        ["Auth:SigningKey"] = Key,
        ["Auth:Issuer"] = Issuer,
        ["Auth:Audience"] = Audience,
    };

    /// <summary>A valid token, unless its claims are changed.</summary>
    public static string Of(string subject, Action<JsonObject>? change = null, string key = Key, string algorithm = "HS256", DateTimeOffset? now = null)
    {
        var claims = Claims(subject, now ?? TimeProvider.System.GetUtcNow());
        change?.Invoke(claims);
        var text = Unsigned(algorithm, claims);
        var (data, secret) = (Encoding.ASCII.GetBytes(text), Encoding.UTF8.GetBytes(key));
        return algorithm switch
        {
            "HS256" => $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, data))}",
            "HS384" => $"{text}.{Base64Url.EncodeToString(HMACSHA384.HashData(secret, data))}",
            "HS512" => $"{text}.{Base64Url.EncodeToString(HMACSHA512.HashData(secret, data))}",
            _ => $"{text}.",
        };
    }

    /// <summary>A token that is signed with a private key.</summary>
    public static string Of(string subject, RSA key, string keyId, string issuer, string audience = Audience)
    {
        var claims = Claims(subject, TimeProvider.System.GetUtcNow());
        claims["iss"] = issuer;
        claims["aud"] = audience;
        var text = Unsigned("RS256", claims, keyId);
        var signature = key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public static HttpRequestMessage As(this HttpRequestMessage request, string? token) =>
        request.With("Authorization", token is null ? null : $"Bearer {token}");

    /// <summary>The text with one character replaced by another one of the same alphabet.</summary>
    public static string Mutate(string text, int index) =>
        string.Concat(text.AsSpan(0, index), text[index] == 'A' ? "B" : "A", text.AsSpan(index + 1));

    private static JsonObject Claims(string subject, DateTimeOffset now) => new()
    {
        ["sub"] = subject,
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["nbf"] = now.AddMinutes(-1).ToUnixTimeSeconds(),
        ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
    };

    private static string Unsigned(string algorithm, JsonObject claims, string? keyId = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (keyId is not null)
            header["kid"] = keyId;
        return $"{Encode(header)}.{Encode(claims)}";
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
