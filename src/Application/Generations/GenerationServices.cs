using Microsoft.Extensions.Logging;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Streams;

namespace SseStreaming.Application.Generations;

/// <summary>What every generation works with.</summary>
internal sealed record GenerationServices(
    IEventStreamStore Store,
    IStreamSignal Signal,
    IStreamCluster Cluster,
    ViewerCounts Viewers,
    StreamsOptions Options,
    StreamMetrics Metrics,
    TimeProvider Time,
    ILogger Logger);
