using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace SseStreaming.Api.Auth.Tokens;

/// <summary>Configures which tokens are accepted: by signature, issuer, audience and lifetime.</summary>
internal sealed class BearerSetup(IOptions<AuthOptions> options, BearerEvents events, TimeProvider time) : IConfigureNamedOptions<JwtBearerOptions>
{
    /// <summary>No symmetric algorithm: the authority's public key would then be enough to create a token.</summary>
    private static readonly string[] AuthorityAlgorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly AuthOptions _auth = options.Value;

    public void Configure(JwtBearerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.TimeProvider = time;
        options.Events = events;
        var accepted = options.TokenValidationParameters;
        accepted.ValidAudience = _auth.Audience;
        accepted.RequireAudience = true;
        accepted.RequireSignedTokens = true;
        accepted.ValidateIssuerSigningKey = true;
        accepted.LifetimeValidator = ValidateLifetime;
        if (_auth.ReadSigningKey() is { } key)
        {
            accepted.IssuerSigningKey = new SymmetricSecurityKey(key);
            accepted.ValidIssuer = _auth.Issuer;
            accepted.ValidAlgorithms = [SecurityAlgorithms.HmacSha256];
            return;
        }
        options.Authority = _auth.Authority;
        options.RequireHttpsMetadata = !new Uri(_auth.Authority!).IsLoopback;
        options.BackchannelTimeout = _auth.AuthorityTimeout;
        accepted.ValidAlgorithms = AuthorityAlgorithms;
    }

    private bool ValidateLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is null)
            return false;
        if (now - _auth.ClockSkew >= expires)
            throw new SecurityTokenExpiredException("The token has expired.");
        if (notBefore is not null && now + _auth.ClockSkew < notBefore)
            throw new SecurityTokenNotYetValidException("The token is not valid yet.");
        return true;
    }
}
