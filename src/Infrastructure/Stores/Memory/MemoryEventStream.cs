using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>One stream: its pages, of which only the last one grows. One writer, any number of readers, no lock for them.</summary>
internal sealed class MemoryEventStream
{
    /// <summary>A page that has this much is full: small enough that half-empty ones don't matter, large enough to replay fast.</summary>
    private const int PageBytes = 16 * 1024;

    /// <summary>What the dictionary, the head and this object take, roughly.</summary>
    private const int Overhead = 512;

    private readonly Lock _gate = new();
    private EventPage[] _pages;
    private int _pageCount = 1;
    private long _last;
    private long _segments;
    private long _characters;
    private EventKind? _ending;

    public MemoryEventStream(StreamHead head, EventBatch started)
    {
        var first = new EventPage(head.Id, 1);
        first.Add(started);
        _pages = [first];
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
                return new StreamRecord(Head, new StreamExtent(1, _last, _ending is not null), _ending, _segments, _characters);
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

            var page = _pages[_pageCount - 1];
            var before = (long)page.Footprint;
            if (page.FrameBytes >= PageBytes)
            {
                page = new EventPage(batch.Stream, batch.First);
                before = 0;
                Add(page);
            }
            page.Add(batch);
            grown = page.Footprint - before;
            Bytes += grown;
            Count(batch);
            return true;
        }
    }

    /// <summary>True if this very batch was appended, and nothing since.</summary>
    public bool EndsWith(EventBatch batch) =>
        Read(batch.First - 1) is { IsEmpty: false } kept && kept.First == batch.First && kept.Frames.Span.SequenceEqual(batch.Frames.Span);

    /// <summary>What there is after a position, of one page.</summary>
    public EventBatch? Read(long after)
    {
        // The count is read first: then the array has at least that many pages.
        var count = Volatile.Read(ref _pageCount);
        var pages = Volatile.Read(ref _pages);
        var at = count - 1;
        if (pages[at].First > after + 1)
            at = IndexOf(pages.AsSpan(0, count), after + 1);
        if (at < 0)
            return null;
        var batch = pages[at].After(after);
        // A position at the very end of a full page: the next page may exist by now.
        return batch.IsEmpty && at + 1 < count ? pages[at + 1].After(after) : batch;
    }

    private void Count(EventBatch batch)
    {
        _last = batch.Last;
        _segments += batch.Segments.Count;
        _characters += batch.Characters;
        if (batch.EndsStream)
            _ending = batch[batch.Count - 1].Kind;
    }

    private void Add(EventPage page)
    {
        if (_pageCount == _pages.Length)
        {
            var larger = new EventPage[_pages.Length * 2];
            _pages.CopyTo(larger, 0);
            Volatile.Write(ref _pages, larger);
        }
        _pages[_pageCount] = page;
        Volatile.Write(ref _pageCount, _pageCount + 1);
    }

    /// <summary>Index of the last page that begins at or before a sequence; -1 if none does.</summary>
    private static int IndexOf(ReadOnlySpan<EventPage> pages, long sequence)
    {
        int low = 0, high = pages.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (pages[middle].First <= sequence)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }
}
