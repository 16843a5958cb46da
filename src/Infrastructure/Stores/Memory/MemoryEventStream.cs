using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>One stream: its pages, of which only the last one grows. It has one writer, and any number of readers without a lock.</summary>
internal sealed class MemoryEventStream
{
    /// <summary>Bytes that this object, the head and the dictionary entry take, about.</summary>
    private const int Overhead = 512;

    private readonly Lock _gate = new();
    private volatile PageList _pages;
    private long _last;
    private long _segments;
    private long _characters;
    private EventKind? _ending;
    private byte[]? _checkpoint;
    private bool _isDropped;

    public MemoryEventStream(StreamHead head, EventBatch started)
    {
        var first = EventPage.CreateFor(started);
        _pages = new PageList([first], 1);
        Head = head;
        Count(started);
        Bytes = Overhead + head.PropertiesSize + first.Footprint;
    }

    public StreamHead Head { get; private set; }

    public StreamRecord Record
    {
        get
        {
            lock (_gate)
            {
                var extent = new StreamExtent(_pages[0].First, _last, _ending is not null);
                return new StreamRecord(Head, extent, _ending, _segments, _characters);
            }
        }
    }

    public long Bytes { get; private set; }

    /// <summary>The checkpoint of the last append that had one.</summary>
    public byte[]? Checkpoint
    {
        get
        {
            lock (_gate)
                return _checkpoint;
        }
    }

    /// <summary>Appends a batch; false if it does not follow the last event, or the stream is closed or dropped.</summary>
    public bool TryAppend(EventBatch batch, byte[]? checkpoint, out long addedBytes)
    {
        lock (_gate)
        {
            addedBytes = 0;
            if (_ending is not null || _isDropped || batch.First != _last + 1)
                return false;

            var page = _pages[^1];
            var before = page.Footprint;
            if (page.IsFull)
            {
                page = EventPage.CreateFor(batch);
                before = 0;
                _pages = _pages.With(page);
            }
            else
            {
                page.Add(batch);
            }
            // Only the writer of an external stream asks for it: no other process could continue a generation.
            var kept = Head.Source != ExternalSource.Name ? null : checkpoint ?? (batch.EndsStream ? null : _checkpoint);
            addedBytes = page.Footprint - before + (kept?.Length ?? 0) - (_checkpoint?.Length ?? 0);
            _checkpoint = kept;
            Bytes += addedBytes;
            Count(batch);
            return true;
        }
    }

    /// <summary>Moves the time at which the stream expires, if it has one.</summary>
    public void Renew(DateTimeOffset expires)
    {
        lock (_gate)
        {
            if (Head.Expires is not null)
                Head = Head with { Expires = expires };
        }
    }

    /// <summary>Drops the pages that end before a sequence, but never the last one; returns how many bytes that freed.</summary>
    public long Trim(long before)
    {
        lock (_gate)
        {
            var count = Math.Max(0, _pages.FindLast(before));
            long freed = 0;
            for (var i = 0; i < count; i++)
                freed += _pages[i].Footprint;
            if (count > 0)
                _pages = _pages.Without(count);
            Bytes -= freed;
            return freed;
        }
    }

    /// <summary>Refuses further appends; returns how many bytes the stream has taken.</summary>
    public long Drop()
    {
        lock (_gate)
        {
            _isDropped = true;
            return Bytes;
        }
    }

    /// <summary>True if this very batch was the last to be appended.</summary>
    public bool EndsWith(EventBatch batch) =>
        Read(batch.First - 1) is { } stored && stored.Count == batch.Count && stored.AgreesWith(batch);

    /// <summary>The events of one page after a sequence; null if the next one is no longer stored.</summary>
    public EventBatch? Read(long after)
    {
        var pages = _pages;
        var index = pages.Count - 1;
        if (pages[index].First > after + 1)
            index = pages.FindLast(after + 1);
        if (index < 0)
            return null;
        var batch = pages[index].After(after);
        // At the end of a full page the next event is in the next page, if there is one by now.
        return batch.IsEmpty && index + 1 < pages.Count ? pages[index + 1].After(after) : batch;
    }

    private void Count(EventBatch batch)
    {
        _last = batch.Last;
        _segments += batch.Segments.Count;
        _characters += batch.Characters;
        if (batch.EndsStream)
            _ending = batch[batch.Count - 1].Kind;
    }
}
