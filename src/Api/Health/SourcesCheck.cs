using Microsoft.Extensions.Diagnostics.HealthChecks;
using SseStreaming.Application.Generations;

namespace SseStreaming.Api.Health;

/// <summary>
/// Degraded instead of unhealthy while a source is unavailable: other sources and existing streams are available, and another node
/// would use the same source.
/// </summary>
internal sealed class SourcesCheck(IEnumerable<ITextGenerator> generators) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var probes = await Task.WhenAll(generators.Select(async generator =>
            (generator.Source.Name, Error: await generator.ProbeAsync(cancellationToken))));
        var unavailable = probes.Where(probe => probe.Error is not null).OrderBy(probe => probe.Name, StringComparer.Ordinal).ToList();
        return unavailable.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(string.Join("; ", unavailable.Select(probe => $"the source '{probe.Name}' is unavailable: {probe.Error}")));
    }
}
