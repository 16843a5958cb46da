using System.ComponentModel.DataAnnotations;
using System.Text;

namespace SseStreaming.Api.Auth;

/// <summary>Section <c>Auth</c>: whether callers have to say who they are, and who is believed about that.</summary>
internal sealed class AuthOptions
{
    public const string Section = "Auth";

    /// <summary>True: every request of the API needs a token. Unset is false, but only where nothing else of the section says otherwise.</summary>
    public bool? Required { get; set; }

    /// <summary>Address of the OpenID provider that issues the tokens; its keys and its name are read from there.</summary>
    public string? Authority { get; set; }

    /// <summary>The key, instead of an authority, that tokens are signed with (HS256), for setups without a provider.</summary>
    public string? SigningKey { get; set; }

    /// <summary>A file that holds nothing but the key, instead of <see cref="SigningKey"/>.</summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>Who signs with the local key: the <c>iss</c> of its tokens.</summary>
    public string? Issuer { get; set; }

    /// <summary>The <c>aud</c> that a token must have: that it is meant for this server.</summary>
    public string? Audience { get; set; }

    /// <summary>By how much the clocks of the issuer and of this server may differ.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the authority may take to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan AuthorityTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest <c>sub</c>; OpenID Connect allows 255.</summary>
    [Range(1, 1000)]
    public int SubjectCharacters { get; set; } = 255;

    /// <summary>What grants are signed with, on all nodes alike. Derived from the local key if there is one, and this is not set.</summary>
    public string? GrantKey { get; set; }

    /// <summary>A file that holds nothing but the key, instead of <see cref="GrantKey"/>.</summary>
    public string? GrantKeyFile { get; set; }

    /// <summary>How long a grant lasts whose owner does not say.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "366.00:00:00")]
    public TimeSpan GrantLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a grant may last.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "366.00:00:00")]
    public TimeSpan MaxGrantLifetime { get; set; } = TimeSpan.FromDays(7);

    public bool IsRequired => Required is true;

    /// <summary>The local key, wherever it comes from; null if there is none.</summary>
    internal byte[]? ReadSigningKey() => Read(SigningKey, SigningKeyFile);

    internal byte[]? ReadGrantKey() => Read(GrantKey, GrantKeyFile);

    private static byte[]? Read(string? key, string? file) =>
        !string.IsNullOrEmpty(key) ? Encoding.UTF8.GetBytes(key)
        : !string.IsNullOrEmpty(file) ? Encoding.UTF8.GetBytes(File.ReadAllText(file).Trim())
        : null;
}
