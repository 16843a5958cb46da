using Microsoft.Extensions.Diagnostics.HealthChecks;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Api.Health;

/// <summary>Unhealthy while the store does not answer. The check looks up a stream that does not exist.</summary>
internal sealed class StoreCheck(IEventStreamStore store) : IHealthCheck
{
    public const string Name = "store";

    private static readonly StreamId Any = StreamId.New();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.FindAsync(Any, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (StoreUnavailableException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Message);
        }
    }
}
