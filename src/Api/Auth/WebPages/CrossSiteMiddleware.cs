using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using SseStreaming.Api.Problems;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Auth;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.Api.Auth.WebPages;

/// <summary>
/// Without authentication, an image tag of any web page could start a generation on this machine: CORS only keeps the page from
/// reading the response. Browsers mark such requests with <c>Sec-Fetch-Site</c>; other clients don't send the header.
/// </summary>
internal sealed class CrossSiteMiddleware(RequestDelegate next, IOptions<AuthOptions> auth, ICorsPolicyProvider policies)
{
    private const string SiteHeader = "Sec-Fetch-Site";

    private const string CrossSite = "cross-site";

    private readonly bool _isOpen = !auth.Value.IsRequired;

    public async Task InvokeAsync(HttpContext context)
    {
        if (!_isOpen
            || !context.Request.Headers[SiteHeader].ToString().Equals(CrossSite, StringComparison.OrdinalIgnoreCase)
            || !ChangesState(context)
            || await IsOfAllowedOriginAsync(context))
        {
            await next(context);
            return;
        }
        await context.WriteProblemAsync(new ProblemDetails
        {
            Status = StatusCodes.Status403Forbidden,
            Type = ProblemTypes.CrossSite,
            Title = "Pages of other sites may not do that.",
            Detail = "A web page of another site sent this request. If it may, add its origin to the setting Cors:Origins, or set Auth:Required.",
        });
    }

    private static bool ChangesState(HttpContext context)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method))
            return context.GetEndpoint()?.Metadata.GetMetadata<StartsGenerationAttribute>() is not null && !LastEventIdBinder.IsPresent(context.Request);
        return true;
    }

    private async Task<bool> IsOfAllowedOriginAsync(HttpContext context) =>
        await policies.GetPolicyAsync(context, policyName: null) is { } policy
        && (policy.AllowAnyOrigin || (context.Request.Headers.Origin is [{ } origin] && policy.IsOriginAllowed(origin)));
}
