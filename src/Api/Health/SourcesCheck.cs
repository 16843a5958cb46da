using Microsoft.Extensions.Diagnostics.HealthChecks;
using SseStreaming.Application.Generations;

namespace SseStreaming.Api.Health;

/// <summary>
/// Degraded, not down, while a source can't be used: the others can, streams that exist can be read, and another server would
/// draw on the same source.
/// </summary>
internal sealed class SourcesCheck(IEnumerable<ITextGenerator> generators) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var probes = await Task.WhenAll(generators.Select(async generator =>
            (generator.Source.Name, Fault: await generator.ProbeAsync(cancellationToken))));
        var unavailable = probes.Where(probe => probe.Fault is not null).OrderBy(probe => probe.Name, StringComparer.Ordinal).ToList();
        return unavailable.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(string.Join("; ", unavailable.Select(probe => $"the source '{probe.Name}' can't be used: {probe.Fault}")));
    }
}
