using System.Buffers;
using System.Runtime.InteropServices;
using SseStreaming.Application.Common;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Signals;

/// <summary>
/// The subscriptions to one stream. After an append, those of live viewers are served in slices by the thread pool. A list without
/// subscriptions and writers is closed, and never used again.
/// </summary>
internal sealed class SubscriberList(InProcessSignal signal, StreamId streamId) : IStreamNotifier, IThreadPoolWorkItem
{
    /// <summary>Stands for the last sequence of an append in another process: the read loops have to find out.</summary>
    public const long Unknown = long.MaxValue;

    /// <summary>How many viewers one work item serves. The next one is queued behind those of other streams, and may run on another core.</summary>
    private const int SliceLength = 64;

    private readonly Lock _gate = new();
    private readonly List<Subscription> _readers = [];
    private readonly List<Subscription> _live = [];
    private EventBatch _tail;
    private long _last;
    private long _nextLast;
    private int _left;
    private bool _isQueued;
    private int _writers;
    private bool _isClosed;

    public StreamId StreamId => streamId;

    public DeadlineQueue Deadlines => signal.Deadlines;

    /// <summary>Opens the list for the writer of the stream; false if it is closed.</summary>
    public bool TryOpen()
    {
        lock (_gate)
        {
            // A stream that was handed over may come back before its last writer has left.
            if (!_isClosed)
                _writers++;
            return !_isClosed;
        }
    }

    public bool TryAdd(Subscription subscription)
    {
        lock (_gate)
        {
            if (_isClosed)
                return false;
            var list = GetList(subscription);
            subscription.Index = list.Count;
            list.Add(subscription);
            return true;
        }
    }

    public void Remove(Subscription subscription)
    {
        bool isClosed;
        lock (_gate)
        {
            // The last subscription moves to the free index, so that the cost does not depend on the length of the list.
            var list = GetList(subscription);
            var last = list[^1];
            list[subscription.Index] = last;
            last.Index = subscription.Index;
            list.RemoveAt(list.Count - 1);
            isClosed = TryClose();
        }
        if (isClosed)
            signal.Remove(this);
    }

    /// <summary>The writer of the stream has left.</summary>
    public void Dispose()
    {
        bool isClosed;
        lock (_gate)
        {
            _writers--;
            isClosed = TryClose();
        }
        if (isClosed)
            signal.Remove(this);
    }

    public void Appended(long last)
    {
        lock (_gate)
        {
            foreach (var reader in _readers)
                reader.Notify();
            // A later subscriber reads the store after it subscribed.
            if (_live.Count == 0)
                return;
            _nextLast = Math.Max(_nextLast, last);
            if (_isQueued)
                return;
            _isQueued = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var slice = ArrayPool<Subscription>.Shared.Rent(SliceLength);
        var count = TakeSlice(slice, out var last, out var tail);
        foreach (var subscription in slice.AsSpan(0, count))
            subscription.Notify(last, ref tail);
        slice.AsSpan(0, count).Clear();
        ArrayPool<Subscription>.Shared.Return(slice);
        lock (_gate)
            _tail = _live.Count == 0 ? default : tail;
    }

    /// <summary>
    /// Takes the next subscriptions of the running pass, from the end of the list: a removal moves only one that had its turn. Then begins
    /// the next pass, if there was an append since.
    /// </summary>
    private int TakeSlice(Span<Subscription> slice, out long last, out EventBatch tail)
    {
        int count;
        lock (_gate)
        {
            if (_left == 0)
                (_left, _last, _nextLast) = (_live.Count, _nextLast, 0);
            _left = Math.Min(_left, _live.Count);
            count = Math.Min(_left, SliceLength);
            _left -= count;
            CollectionsMarshal.AsSpan(_live).Slice(_left, count).CopyTo(slice);
            (last, tail) = (_last, _tail);
            _isQueued = _left > 0 || _nextLast > 0;
            if (!_isQueued)
                return count;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return count;
    }

    private List<Subscription> GetList(Subscription subscription) => subscription.IsLive ? _live : _readers;

    private bool TryClose() => _isClosed = _writers == 0 && _readers.Count == 0 && _live.Count == 0;
}
