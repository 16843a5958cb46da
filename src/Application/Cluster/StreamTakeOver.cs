using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Writing;
using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>
/// Takes over the streams of dead nodes, and those that were handed over: continues their generations, or closes them as interrupted.
/// Those that clients write stay open.
/// </summary>
internal sealed partial class StreamTakeOver(
    IStreamCluster cluster,
    IEventStreamStore store,
    IStreamSignal signal,
    GenerationContinuer continuer,
    ExternalWriters writers,
    Drain drain,
    StreamMetrics metrics,
    ILogger<ClusterMember> logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Queue<StreamRecord> _toClose = new();

    /// <summary>Takes streams until there are none left. A node that drains takes none.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // Those that an earlier call could not close.
            await CloseAsync(cancellationToken);
            // A stream is returned again until something was appended to it, so a call without a new one is the last.
            var known = new HashSet<StreamId>();
            while (!drain.HasBegun)
            {
                var taken = await cluster.TakeOverAsync(cancellationToken);
                var fresh = taken.Where(stream => known.Add(stream.Record.Head.Id)).ToList();
                if (fresh.Count == 0)
                    break;
                foreach (var stream in fresh)
                {
                    if (stream.Record.Head.Source == ExternalSource.Name)
                        await AdoptAsync(stream, cancellationToken);
                    else if (!TryContinue(stream))
                        _toClose.Enqueue(stream.Record);
                }
                await CloseAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async ValueTask AdoptAsync(TakenStream taken, CancellationToken cancellationToken)
    {
        try
        {
            await writers.AdoptAsync(taken, cancellationToken);
        }
        catch (NotSupportedException exception)
        {
            // It stays open for a node of the version that has written it.
            Log.NotContinued(logger, exception, taken.Record.Head.Id);
        }
    }

    private bool TryContinue(TakenStream taken)
    {
        try
        {
            return continuer.TryContinue(taken);
        }
        catch (Exception exception)
        {
            // The other streams must be continued.
            Log.NotContinued(logger, exception, taken.Record.Head.Id);
            return false;
        }
    }

    private async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        while (_toClose.TryPeek(out var orphan))
        {
            var end = EventBatch.Create(orphan.Head.Id, orphan.Extent.Last + 1, EventData.Interrupted(orphan.Segments, orphan.Characters));
            // Refused means that another node has closed it.
            if (await store.AppendAsync(end, checkpoint: null, cancellationToken) is AppendResult.Appended)
                metrics.StreamClosed(orphan.Head.Source, EventKind.Failed, ProblemTypes.Interrupted);
            signal.Notify(orphan.Head.Id);
            Log.OrphanClosed(logger, orphan.Head.Id);
            _toClose.Dequeue();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Stream {StreamId} of a dead server was closed as interrupted")]
        public static partial void OrphanClosed(ILogger logger, StreamId streamId);

        [LoggerMessage(4, LogLevel.Error, "Stream {StreamId} of a dead server can't be continued, because of an unexpected error")]
        public static partial void NotContinued(ILogger logger, Exception exception, StreamId streamId);
    }
}
