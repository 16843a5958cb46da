using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Common;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Domain;

namespace SseStreaming.Application.Writing;

/// <summary>The writers of the open streams that clients write and this node owns.</summary>
internal sealed class ExternalWriters(
    IEventStreamStore store,
    IStreamSignal signal,
    IStreamCluster cluster,
    Drain drain,
    IOptions<StreamsOptions> streams,
    IOptions<ExternalOptions> external,
    StreamMetrics metrics,
    TimeProvider time,
    ILogger<ExternalWriters> logger) : IHostedService
{
    private readonly ConcurrentDictionary<StreamId, ExternalWriter> _writers = new();
    private readonly WriterServices _services = new(
        store, signal, cluster, streams.Value, external.Value.IdleTimeout, new DeadlineQueue(time), metrics, time, logger);

    /// <summary>Writes to a stream, and waits until it is stored. A draining node writes nothing: another one takes the stream.</summary>
    public async ValueTask<Outcome<AppendReceipt>> WriteAsync(StreamId streamId, PendingWrite write)
    {
        if (drain.HasBegun)
            return Refusal.Stopping(drain.NextRetryDelay());
        // A writer may retire between the look-up and the call.
        while (!GetOrAdd(streamId, position: null).TryAdd(write))
            await Task.Yield();
        return await write.Outcome;
    }

    /// <summary>A stream that this node writes, or has written lately, without a query; null for others.</summary>
    public StreamHead? FindHead(StreamId streamId) => _writers.GetValueOrDefault(streamId)?.Head;

    /// <summary>Opens the writer of a stream that this node has just created, so that the stream ends when it is idle.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="position">Where it is; null if it is not known whether the stream was created.</param>
    public void Open(StreamId streamId, WriterPosition? position) => GetOrAdd(streamId, position);

    /// <summary>Opens the writer of a stream that this node has taken over. Its idle time begins anew.</summary>
    public async ValueTask AdoptAsync(TakenStream taken, CancellationToken cancellationToken)
    {
        var streamId = taken.Record.Head.Id;
        GetOrAdd(streamId, WriterPosition.From(taken));
        if (taken.IsStopRequested)
            await WriteAsync(streamId, PendingWrite.Stop());
        // Until then the stream would be returned by each take-over.
        else if (taken.Checkpoint is { } checkpoint)
            await store.SaveCheckpointAsync(streamId, checkpoint, cancellationToken);
        else
            await cluster.TakeAsync(streamId, cancellationToken);
    }

    /// <summary>The stream was dropped: a writer that waits for the idle time need not.</summary>
    public void Release(StreamId streamId)
    {
        if (_writers.TryGetValue(streamId, out var writer))
            writer.Release();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for the appends that are in flight. The streams stay open, for the next owner.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var writers = _writers.Values.ToList();
        writers.ForEach(writer => writer.Stop());
        await Task.WhenAll(writers.Select(writer => writer.Idle)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ExternalWriter GetOrAdd(StreamId streamId, WriterPosition? position)
    {
        while (true)
        {
            if (_writers.TryGetValue(streamId, out var found))
                return found;
            var writer = new ExternalWriter(streamId, position, _services, Remove);
            if (_writers.TryAdd(streamId, writer))
                return writer;
            writer.Release();
        }
    }

    private void Remove(ExternalWriter writer) => _writers.TryRemove(new KeyValuePair<StreamId, ExternalWriter>(writer.StreamId, writer));
}
