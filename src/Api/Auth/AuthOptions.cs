using System.ComponentModel.DataAnnotations;
using System.Text;
using SseStreaming.Application.Common;
using SseStreaming.AspNetCore;

namespace SseStreaming.Api.Auth;

/// <summary>Section <c>Auth</c>: whether requests need a token, and which tokens are accepted.</summary>
internal sealed class AuthOptions
{
    public const string Section = "Auth";

    /// <summary>True: every request of the API needs a token. Unset means false, but must be set where an authority or a key is.</summary>
    public bool? Required { get; set; }

    /// <summary>Address of the OpenID provider that issues the tokens. Its keys and its issuer name are read from there.</summary>
    public string? Authority { get; set; }

    /// <summary>The key that signs the tokens (HS256), for setups without a provider.</summary>
    public string? SigningKey { get; set; }

    /// <summary>A file with only the key, instead of <see cref="SigningKey"/>.</summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>The <c>iss</c> of tokens that are signed with the local key.</summary>
    public string? Issuer { get; set; }

    /// <summary>The <c>aud</c> that a token must have.</summary>
    public string? Audience { get; set; }

    /// <summary>Largest difference between the clocks of the issuer and of this server.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the authority may take to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan AuthorityTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The key that signs grants, the same on all nodes. If it isn't set, it is derived from the local signing key.</summary>
    public string? GrantKey { get; set; }

    /// <summary>A file with only the key, instead of <see cref="GrantKey"/>.</summary>
    public string? GrantKeyFile { get; set; }

    /// <summary>Lifetime of a grant if the request does not set one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "366.00:00:00")]
    public TimeSpan GrantLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Longest lifetime of a grant.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "366.00:00:00")]
    public TimeSpan MaxGrantLifetime { get; set; } = TimeSpan.FromDays(7);

    public bool IsRequired => Required is true;

    internal SecretSetting SigningSecret => new(nameof(SigningKey), SigningKey, SigningKeyFile);

    internal SecretSetting GrantSecret => new(nameof(GrantKey), GrantKey, GrantKeyFile);

    /// <summary>Null without a local key.</summary>
    internal byte[]? ReadSigningKey() => SigningSecret.Read() is { } text ? Encoding.UTF8.GetBytes(text) : null;

    internal void Configure(TextStreamsOptions streams)
    {
        streams.GrantKey = IsRequired ? GrantSecret.Read() ?? SigningSecret.Read() : null;
        streams.GrantLifetime = GrantLifetime;
        streams.MaxGrantLifetime = MaxGrantLifetime;
    }
}
