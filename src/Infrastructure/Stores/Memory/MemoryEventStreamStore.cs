using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
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
    private readonly Queue<(MemoryEventStream Stream, long ClosedAt)> _closed = new();
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
        }
        return new(new CreateResult(CreateOutcome.Created));
    }

    public ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken)
    {
        if (!_streams.TryGetValue(batch.StreamId, out var stream))
            return new(AppendResult.Refused);
        if (!batch.EndsStream && !HasCapacityForEvents())
            return new(stream.EndsWith(batch) ? AppendResult.Appended : AppendResult.Full);
        if (!stream.TryAppend(batch, out var addedBytes))
            return new(stream.EndsWith(batch) ? AppendResult.Appended : AppendResult.Refused);

        Interlocked.Add(ref _bytes, addedBytes);
        if (batch.EndsStream)
        {
            lock (_gate)
                _closed.Enqueue((stream, time.GetTimestamp()));
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

    public ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken)
    {
        if (_streams.TryGetValue(streamId, out var stream))
            Interlocked.Add(ref _bytes, -stream.Trim(before));
        return default;
    }

    public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken)
    {
        var dropped = 0;
        lock (_gate)
        {
            while (_closed.TryPeek(out var oldest) && time.GetElapsedTime(oldest.ClosedAt) >= _options.Retention && DropOldestClosed())
                dropped++;
        }
        return new(dropped);
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
            if (!DropOldestClosed())
                return false;
        }
        return true;
    }

    private bool DropOldestClosed()
    {
        if (!_closed.TryDequeue(out var oldest))
            return false;
        var head = oldest.Stream.Head;
        _streams.TryRemove(head.Id, out _);
        if (head.Idempotency is not null)
            _keys.Remove(head.Idempotency.Key);
        Interlocked.Add(ref _bytes, -oldest.Stream.Bytes);
        return true;
    }
}
