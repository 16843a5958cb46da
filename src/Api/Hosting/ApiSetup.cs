using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SseStreaming.Api.Auth;
using SseStreaming.Api.Auth.WebPages;
using SseStreaming.Api.Health;
using SseStreaming.Api.Hosting.Kestrel;
using SseStreaming.Api.Hosting.Page;
using SseStreaming.Api.Hosting.Proxies;
using SseStreaming.Api.Hosting.Shutdown;
using SseStreaming.Api.Hosting.Start;
using SseStreaming.Api.Observability;
using SseStreaming.Api.OpenApi;
using SseStreaming.Api.Problems;
using SseStreaming.AspNetCore.Doors.Durable;
using SseStreaming.AspNetCore.Doors.OpenAi;
using SseStreaming.AspNetCore.Problems;

namespace SseStreaming.Api.Hosting;

/// <summary>Registers the services of the API, and its middleware in the order in which a request passes it.</summary>
internal static class ApiSetup
{
    public static IServiceCollection AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ShutdownConnectionDeadline>();
        services.AddHostedService<ShutdownSignals>();
        if (configuration.GetValue(WarmUp.Setting, defaultValue: false))
            WarmUp.Add(services);
        services.AddTrustedProxies();
        services.AddHostedService<UnobservedExceptions>();
        services.AddConfiguredCors(configuration);
        services.AddWebPageProtection();
        // Before the framework's writers: the first one that can write a problem does.
        services.AddSingleton<IProblemDetailsWriter, OpenAiProblemWriter>();
        services.AddProblemDetails();
        services.AddSingleton<IProblemDetailsWriter, UnnegotiatedProblemWriter>();
        services.AddApiDescription();
        services.AddAccess(configuration);
        services.AddHealthChecks()
            .AddCheck<StoreCheck>(StoreCheck.Name, tags: [HealthReportAnswer.Ready])
            .AddCheck<SourcesCheck>("sources", HealthStatus.Degraded, tags: [HealthReportAnswer.Ready]);
        // For controllers of this server, which has none yet; those of the library have an MVC of their own. AddControllers would add
        // authorization, which runs for each request even if it requires nothing.
        services
            .AddMvcCore(mvc =>
            {
                mvc.Filters.Add<ClientDisconnectFilter>();
                mvc.Filters.Add<BadHttpRequestFilter>();
            })
            .AddApiExplorer()
            .AddDataAnnotations();
        return services;
    }

    public static void UseApi(this WebApplication app)
    {
        app.UseMiddleware<DrainingConnectionMiddleware>();
        app.UseTrustedProxies();
        app.UseMiddleware<RequestTrace>();
        app.UseRequestLogging();
        app.UseOpenAiDoor();
        app.UseDurableDoor();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        RequestLineLimit.Use(app);
        app.UseAllowedHosts();
        app.UsePage();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<CrossSiteMiddleware>();
        app.UseAccess();
        app.MapTextStreams();
        app.MapControllers();
        app.MapApiDescription();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(HealthReportAnswer.Ready),
            ResponseWriter = HealthReportAnswer.WriteAsync,
        }).AllowAnonymous();
    }
}
