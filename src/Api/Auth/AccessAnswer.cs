using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Mvc;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;
using SseStreaming.Api.Auth.Grants;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Api.Auth;

/// <summary>Answers who may not pass: problem details that say what to do, with the header that a 401 must have (RFC 6750, section 3).</summary>
internal sealed class AccessAnswer(IProblemDetailsService problems) : IAuthorizationMiddlewareResultHandler
{
    private static readonly TimeSpan RetryAuthority = TimeSpan.FromSeconds(5);

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }

        // Not looked into anew: a request has one result of each.
        var failure = (await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme)).Failure
            ?? (await context.AuthenticateAsync(GrantHandler.SchemeName)).Failure;
        if (failure is AccessRefusedException { IsTransient: true })
            await RefuseForNowAsync(context, failure.Message);
        else
            await RefuseAsync(context, failure is null ? null : Describe(failure));
    }

    private ValueTask RefuseAsync(HttpContext context, string? fault)
    {
        context.Response.Headers[HeaderNames.WWWAuthenticate] =
            fault is null ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{fault}\"";
        return AnswerAsync(context, new ProblemDetails
        {
            Status = StatusCodes.Status401Unauthorized,
            Type = ProblemTypes.Unauthenticated,
            Title = "The server has to know who asks.",
            Detail = fault ?? "Send an access token, as in 'Authorization: Bearer …'.",
        });
    }

    private ValueTask RefuseForNowAsync(HttpContext context, string fault)
    {
        context.Response.Headers.RetryAfter = RetryAuthority.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return AnswerAsync(context, new ProblemDetails
        {
            Status = StatusCodes.Status503ServiceUnavailable,
            Type = ProblemTypes.AuthorityUnavailable,
            Title = "The server can't find out who asks.",
            Detail = fault,
        });
    }

    private ValueTask AnswerAsync(HttpContext context, ProblemDetails details)
    {
        context.Response.StatusCode = details.Status!.Value;
        return problems.WriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = details });
    }

    /// <summary>The library's own words name issuers and audiences.</summary>
    private static string Describe(Exception failure) => failure switch
    {
        AccessRefusedException or SecurityTokenExpiredException or SecurityTokenNotYetValidException => failure.Message,
        _ => "The token is not accepted.",
    };
}
