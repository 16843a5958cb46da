using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SseStreaming.AspNetCore.Auth.Grants;

/// <summary>
/// Authenticates requests by grants, on endpoints that accept them. Together with a token, a grant adds one readable stream; alone,
/// it gives access to that stream only.
/// </summary>
internal sealed class GrantHandler(
    GrantSigner signer, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(ReadGrant());

    private AuthenticateResult ReadGrant()
    {
        if (GrantReader.GetText(Context) is not { } text)
            return AuthenticateResult.NoResult();
        if (signer.Read(text) is not { } grant)
            return AuthenticateResult.Fail(new AccessRefusedException("The grant is not accepted."));
        if (grant.Expires <= TimeProvider.GetUtcNow())
            return AuthenticateResult.Fail(new AccessRefusedException("The grant has expired."));

        // A feature instead of a claim: an issuer might put a claim of the same name into a token.
        Context.Features.Set(grant);
        var ticket = new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(Scheme.Name)), Scheme.Name);
        ticket.Properties.ExpiresUtc = grant.Expires;
        return AuthenticateResult.Success(ticket);
    }
}
