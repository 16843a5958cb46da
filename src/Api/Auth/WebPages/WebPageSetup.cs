using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Mvc;
using SseStreaming.Api.Problems;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Api.Auth.WebPages;

/// <summary>What web pages may do (docs/security.md).</summary>
internal static class WebPageSetup
{
    public static IServiceCollection AddWebPageProtection(this IServiceCollection services)
    {
        // The framework's own filter would refuse this server's addresses, too, and not say which setting to change.
        services.Configure<HostFilteringOptions>(options => options.AllowedHosts = ["*"]);
        return services.AddSingleton<AllowedHosts>();
    }

    /// <summary>Refuses hosts that are not allowed. Health checks of balancers, which tell a page nothing, may name any.</summary>
    public static void UseAllowedHosts(this WebApplication app)
    {
        var hosts = app.Services.GetRequiredService<AllowedHosts>();
        app.MapWhen(context => !hosts.Allows(context) && !context.Request.Path.StartsWithSegments("/health"), refused => refused.UseCors().Run(RefuseAsync));
    }

    private static Task RefuseAsync(HttpContext context) => context.WriteProblemAsync(new ProblemDetails
    {
        Status = StatusCodes.Status403Forbidden,
        Type = ProblemTypes.HostNotAllowed,
        Title = "The host name is not allowed.",
        Detail = $"If the name in the Host header belongs to this server, add it to the setting {AllowedHosts.Setting}.",
    });
}
