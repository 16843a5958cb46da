using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SseStreaming.Api.Auth.Grants;

/// <summary>
/// Believes grants, on the endpoints that take one. Beside a token it adds a stream to what may be read; alone it is enough for
/// that stream, and for nothing else.
/// </summary>
internal sealed class GrantHandler(
    GrantSigner signer, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Grant";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Look());

    private AuthenticateResult Look()
    {
        if (Context.Features.Get<QuerySecrets>()?.Grant is not { } text || Context.GetEndpoint()?.Metadata.GetMetadata<TakesGrantAttribute>() is null)
            return AuthenticateResult.NoResult();
        if (signer.Read(text) is not { } grant)
            return AuthenticateResult.Fail(new AccessRefusedException("The grant is not accepted."));
        if (grant.Expires <= TimeProvider.GetUtcNow())
            return AuthenticateResult.Fail(new AccessRefusedException("The grant has expired."));

        // Not by a claim: a token of a careless issuer might have one of the same name.
        Context.Features.Set(grant);
        var ticket = new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName);
        ticket.Properties.ExpiresUtc = grant.Expires;
        return AuthenticateResult.Success(ticket);
    }
}
