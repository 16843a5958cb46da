using System.Buffers;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>
/// Consecutive events of one stream: a slice of an <see cref="EventPage"/>. An empty batch means that there were no events.
/// </summary>
public readonly struct EventBatch
{
    private readonly EventPage? _page;
    private readonly int _start;

    internal EventBatch(EventPage page, int start, int count)
    {
        _page = count == 0 ? null : page;
        _start = start;
        Count = count;
    }

    /// <summary>A batch with a page of its own.</summary>
    public static EventBatch Create(StreamId streamId, long first, params ReadOnlySpan<StreamEvent> events)
    {
        var page = new EventPage(streamId, first);
        foreach (var item in events)
            page.Add(item.Kind, item.Data.Span);
        return page.All;
    }

    /// <summary>The number of events.</summary>
    public int Count { get; }

    /// <summary>True if there is no event.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The stream of the events.</summary>
    public StreamId StreamId => Page.StreamId;

    /// <summary>Sequence of the first event.</summary>
    public long First => Page.First + _start;

    /// <summary>Sequence of the last event.</summary>
    public long Last => First + Count - 1;

    /// <summary>True if the last event is terminal: no event follows.</summary>
    public bool EndsStream => Count > 0 && Page.GetKind(_start + Count - 1).IsTerminal();

    /// <summary>The data of all events, concatenated. It is not copied.</summary>
    public ReadOnlyMemory<byte> Data => _page?.GetData(_start, Count) ?? default;

    /// <summary>The events of kind <see cref="EventKind.Segment"/>: all but the first and the last event of a stream.</summary>
    public EventBatch Segments
    {
        get
        {
            if (IsEmpty)
                return this;
            var start = Page.GetKind(_start) == EventKind.Started ? 1 : 0;
            var end = EndsStream ? Count - 1 : Count;
            return new EventBatch(Page, _start + start, Math.Max(0, end - start));
        }
    }

    /// <summary>Length of the segments in UTF-16 code units.</summary>
    public int Characters => _page?.CountCharacters(_start, Count) ?? 0;

    /// <summary>An event, by its index in the batch.</summary>
    public StreamEvent this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return new StreamEvent(Page.GetKind(_start + index), Page.GetData(_start + index, 1));
        }
    }

    /// <summary>Writes the frames of all events, as they are sent.</summary>
    public void WriteFrames(IBufferWriter<byte> writer) => _page?.WriteFrames(_start, Count, writer);

    /// <summary>The events up to and including a sequence, which must be in the batch.</summary>
    public EventBatch UpTo(long last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, First);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, Last);
        return new EventBatch(Page, _start, (int)(last - First) + 1);
    }

    /// <summary>The events of the same page after a sequence, including those that were added since; empty if the page does not have the next event.</summary>
    public EventBatch After(long sequence) => _page is { } page && sequence + 1 >= page.First ? page.After(sequence) : default;

    /// <summary>True if another batch begins at the same sequence, and the events that both have are equal.</summary>
    internal bool AgreesWith(EventBatch other)
    {
        if (IsEmpty || other.IsEmpty || First != other.First)
            return false;
        for (var i = 0; i < Math.Min(Count, other.Count); i++)
        {
            if (this[i].Kind != other[i].Kind || !this[i].Data.Span.SequenceEqual(other[i].Data.Span))
                return false;
        }
        return true;
    }

    internal (EventPage Page, int Start) Slice => (Page, _start);

    private EventPage Page => _page ?? throw new InvalidOperationException("An empty batch belongs to no stream.");
}
