using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Mvc;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;
using SseStreaming.Api.Problems;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore;
using SseStreaming.AspNetCore.Auth;

namespace SseStreaming.Api.Auth;

/// <summary>Answers a request without access: problem details that say what to do, with the header that a 401 needs (RFC 6750, section 3).</summary>
internal sealed class AccessAnswer : IAuthorizationMiddlewareResultHandler
{
    private static readonly TimeSpan RetryAuthority = TimeSpan.FromSeconds(5);

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }

        // These return the results that the request already has.
        var failure = (await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme)).Failure
            ?? (await context.AuthenticateAsync(TextStreamGrantDefaults.AuthenticationScheme)).Failure;
        if (failure is AccessRefusedException { IsTransient: true })
            await RefuseForNowAsync(context, failure.Message);
        else
            await RefuseAsync(context, failure is null ? null : Describe(failure));
    }

    private static Task RefuseAsync(HttpContext context, string? error)
    {
        context.Response.Headers[HeaderNames.WWWAuthenticate] =
            error is null ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{error}\"";
        return context.WriteProblemAsync(new ProblemDetails
        {
            Status = StatusCodes.Status401Unauthorized,
            Type = ProblemTypes.Unauthenticated,
            Title = "The request needs a valid access token.",
            Detail = error ?? "Send an access token, as in 'Authorization: Bearer …'.",
        });
    }

    private static Task RefuseForNowAsync(HttpContext context, string error)
    {
        context.Response.Headers.RetryAfter = RetryAuthority.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return context.WriteProblemAsync(new ProblemDetails
        {
            Status = StatusCodes.Status503ServiceUnavailable,
            Type = ProblemTypes.AuthorityUnavailable,
            Title = "The access token can't be checked.",
            Detail = error,
        });
    }

    /// <summary>Most messages of the library name issuers and audiences.</summary>
    private static string Describe(Exception failure) => failure switch
    {
        AccessRefusedException or SecurityTokenExpiredException or SecurityTokenNotYetValidException => failure.Message,
        _ => "The token is not accepted.",
    };
}
