using Microsoft.Extensions.Logging;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;

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
    ILogger Logger);
