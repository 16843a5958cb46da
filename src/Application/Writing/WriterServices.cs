using Microsoft.Extensions.Logging;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Common;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;

namespace SseStreaming.Application.Writing;

/// <summary>The services that all writers share.</summary>
internal sealed record WriterServices(
    IEventStreamStore Store,
    IStreamSignal Signal,
    IStreamCluster Cluster,
    StreamsOptions Options,
    TimeSpan IdleTimeout,
    DeadlineQueue Deadlines,
    StreamMetrics Metrics,
    TimeProvider Time,
    ILogger Logger);
