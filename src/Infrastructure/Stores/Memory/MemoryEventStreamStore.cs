using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>Keeps event streams in this process, for as long as it runs.</summary>
internal sealed class MemoryEventStreamStore(IOptions<StreamsOptions> options, TimeProvider time) : IEventStreamStore
{
    private readonly StreamsOptions _options = options.Value;
    private readonly ConcurrentDictionary<StreamId, MemoryEventStream> _streams = new();
    private readonly Dictionary<string, StreamHead> _keys = new(StringComparer.Ordinal);
    private readonly Queue<(StreamId Id, long ClosedAt)> _closed = new();

    /// <summary>Closed streams with a time of their own, which only a full store drops before it.</summary>
    private readonly Queue<StreamId> _closedExpiring = new();
    private readonly Lock _gate = new();
    private long _bytes;

    public ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_streams.ContainsKey(head.Id))
                return new(new CreateResult(CreateOutcome.Created));
            if (head.Idempotency is { } idempotency && _keys.TryGetValue(idempotency.Key, out var existing))
                return new(new CreateResult(CreateOutcome.Exists, existing));
            if (!HasCapacity(forStream: true))
                return new(new CreateResult(CreateOutcome.Full));

            var stream = new MemoryEventStream(head, started);
            _streams[head.Id] = stream;
            if (head.Idempotency is not null)
                _keys[head.Idempotency.Key] = head;
            Interlocked.Add(ref _bytes, stream.Bytes);
            if (started.EndsStream)
                EnqueueClosed(stream);
        }
        return new(new CreateResult(CreateOutcome.Created));
    }

    public ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        if (!_streams.TryGetValue(batch.StreamId, out var stream))
            return new(AppendResult.Refused);
        if (!batch.EndsStream && !HasCapacityForEvents())
            return new(stream.EndsWith(batch) ? AppendResult.Appended : AppendResult.Full);
        if (!stream.TryAppend(batch, checkpoint, out var addedBytes))
            return new(stream.EndsWith(batch) ? AppendResult.Appended : AppendResult.Refused);

        Interlocked.Add(ref _bytes, addedBytes);
        if (batch.EndsStream)
        {
            lock (_gate)
                EnqueueClosed(stream);
        }
        return new(AppendResult.Appended);
    }

    /// <summary>Nothing is kept, because no other process could continue the generation.</summary>
    public ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken) =>
        new(_streams.TryGetValue(streamId, out var stream) && stream.Record.Ending is null ? AppendResult.Appended : AppendResult.Refused);

    public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
        new(_streams.TryGetValue(streamId, out var stream) ? stream.Read(after) : null);

    public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
        new(_streams.TryGetValue(streamId, out var stream) ? stream.Record : null);

    public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        lock (_gate)
            return new(_keys.TryGetValue(idempotencyKey, out var head) && _streams.TryGetValue(head.Id, out var stream) ? stream.Record : null);
    }

    /// <summary>The stream with its checkpoint.</summary>
    public TakenStream? Take(StreamId streamId) => _streams.TryGetValue(streamId, out var stream)
        ? new TakenStream(stream.Record, Request: null, stream.Checkpoint, TakeOvers: 0, IsStopRequested: false)
        : null;

    public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
        new(Order(_streams.Values.Where(stream => stream.Head.Owner == owner && stream.Head.Thread == thread)).FirstOrDefault()?.Record);

    public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
        string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken)
    {
        var records = Order(_streams.Values.Where(stream => stream.Head.Owner == owner && (thread is null || stream.Head.Thread == thread)))
            .Where(stream => after is null || CompareOrder(stream.Head, after) > 0)
            .Select(stream => stream.Record with { Head = stream.Head with { Properties = null } })
            .Where(record => status is null || record.Status == status);
        return new([.. records.Take(limit)]);
    }

    public ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken)
    {
        lock (_gate)
            Drop(streamId);
        return default;
    }

    public ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        if (_streams.TryGetValue(streamId, out var stream))
            Interlocked.Add(ref _bytes, -stream.Trim(before));
        return default;
    }

    public ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        if (_streams.TryGetValue(streamId, out var stream))
            stream.Renew(expires);
        return default;
    }

    public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        new([.. _streams.Values.Where(stream => stream.Head.HasExpired(until)).Select(stream => stream.Head.Id)]);

    public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken)
    {
        var dropped = 0;
        lock (_gate)
        {
            while (_closed.TryPeek(out var oldest) && time.GetElapsedTime(oldest.ClosedAt) >= _options.Retention)
                dropped += DropClosed(_closed.Dequeue().Id) ? 1 : 0;
        }
        return new(dropped);
    }

    private void EnqueueClosed(MemoryEventStream stream)
    {
        if (stream.Head.Expires is null)
            _closed.Enqueue((stream.Head.Id, time.GetTimestamp()));
        else
            _closedExpiring.Enqueue(stream.Head.Id);
    }

    private bool HasCapacityForEvents()
    {
        // Appends usually need no lock.
        if (Volatile.Read(ref _bytes) < _options.MaxTotalBytes)
            return true;
        lock (_gate)
            return HasCapacity(forStream: false);
    }

    /// <summary>True if more events, or another stream, may be stored; drops closed streams, oldest first, where that helps.</summary>
    private bool HasCapacity(bool forStream)
    {
        while (Volatile.Read(ref _bytes) >= _options.MaxTotalBytes || (forStream && _streams.Count >= _options.MaxStreams))
        {
            if (_closed.TryDequeue(out var oldest))
                DropClosed(oldest.Id);
            else if (_closedExpiring.TryDequeue(out var expiring))
                DropClosed(expiring);
            else
                return false;
        }
        return true;
    }

    /// <summary>False if the stream was dropped before, even if it was created again.</summary>
    private bool DropClosed(StreamId streamId) =>
        _streams.TryGetValue(streamId, out var stream) && stream.Record.Ending is not null && Drop(streamId);

    private bool Drop(StreamId streamId)
    {
        if (!_streams.TryRemove(streamId, out var stream))
            return false;
        if (stream.Head.Idempotency is { } idempotency)
            _keys.Remove(idempotency.Key);
        Interlocked.Add(ref _bytes, -stream.Drop());
        return true;
    }

    private static IEnumerable<MemoryEventStream> Order(IEnumerable<MemoryEventStream> streams) =>
        streams.Order(Comparer<MemoryEventStream>.Create((a, b) => CompareOrder(a.Head, b.Head)));

    /// <summary>Negative if the first stream is newer.</summary>
    private static int CompareOrder(StreamHead a, StreamHead b) => b.Created.CompareTo(a.Created) is not 0 and var order
        ? order
        : string.CompareOrdinal(b.Id.ToString(), a.Id.ToString());
}
