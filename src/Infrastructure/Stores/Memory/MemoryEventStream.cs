using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>One stream: its pages, of which only the last one grows. One writer, any number of readers, no lock for them.</summary>
internal sealed class MemoryEventStream
{
    /// <summary>What the dictionary, the head and this object take, roughly.</summary>
    private const int Overhead = 512;

    private readonly Lock _gate = new();
    private volatile PageList _pages;
    private long _last;
    private long _segments;
    private long _characters;
    private EventKind? _ending;

    public MemoryEventStream(StreamHead head, EventBatch started)
    {
        var first = EventPage.CreateFor(started);
        _pages = new PageList([first], 1);
        Head = head;
        Count(started);
        Bytes = Overhead + first.Footprint;
    }

    public StreamHead Head { get; }

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

    /// <summary>Appends unless the batch does not begin right after the last event, or the stream is closed.</summary>
    public bool TryAppend(EventBatch batch, out long grown)
    {
        lock (_gate)
        {
            grown = 0;
            if (_ending is not null || batch.First != _last + 1)
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
            grown = page.Footprint - before;
            Bytes += grown;
            Count(batch);
            return true;
        }
    }

    /// <summary>Drops the pages that end before a sequence, but never the last one; returns the bytes that this freed.</summary>
    public long Trim(long before)
    {
        lock (_gate)
        {
            var drop = Math.Max(0, _pages.IndexOf(before));
            long freed = 0;
            for (var i = 0; i < drop; i++)
                freed += _pages[i].Footprint;
            if (drop > 0)
                _pages = _pages.Without(drop);
            Bytes -= freed;
            return freed;
        }
    }

    /// <summary>True if this very batch was appended, and nothing since.</summary>
    public bool EndsWith(EventBatch batch) =>
        Read(batch.First - 1) is { IsEmpty: false } kept && kept.First == batch.First && kept.Frames.Span.SequenceEqual(batch.Frames.Span);

    /// <summary>What there is after a position, of one page.</summary>
    public EventBatch? Read(long after)
    {
        var pages = _pages;
        var at = pages.Count - 1;
        if (pages[at].First > after + 1)
            at = pages.IndexOf(after + 1);
        if (at < 0)
            return null;
        var batch = pages[at].After(after);
        // A position at the very end of a full page: the next page may exist by now.
        return batch.IsEmpty && at + 1 < pages.Count ? pages[at + 1].After(after) : batch;
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
