using Microsoft.Extensions.Logging;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>The services that all generations share.</summary>
internal sealed record GenerationServices(
    IEventStreamStore Store,
    IStreamSignal Signal,
    IStreamCluster Cluster,
    ViewerRegistry Viewers,
    StreamsOptions Options,
    StreamMetrics Metrics,
    TimeProvider Time,
    ILogger Logger)
{
    /// <summary>True if a stream has viewers on other nodes; the fallback if the store is unavailable.</summary>
    public async ValueTask<bool> HasViewersElsewhereAsync(StreamId streamId, bool fallback)
    {
        try
        {
            return await Cluster.CountViewersElsewhereAsync(streamId, CancellationToken.None) > 0;
        }
        catch (StoreUnavailableException)
        {
            return fallback;
        }
    }
}
