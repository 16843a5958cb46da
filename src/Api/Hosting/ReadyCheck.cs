using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SseStreaming.Api.Hosting;

/// <summary>Not ready as soon as the server begins to stop, so that a balancer sends nobody here any more.</summary>
internal sealed class ReadyCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public const string Tag = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested
            ? HealthCheckResult.Unhealthy("The server is stopping.")
            : HealthCheckResult.Healthy());
}
