using System.Buffers;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>
/// Consecutive events of one stream: a slice of an <see cref="EventPage"/>. The empty batch says that nothing came.
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

    /// <summary>A batch of its own, from <paramref name="first"/> on.</summary>
    public static EventBatch Create(StreamId streamId, long first, params ReadOnlySpan<StreamEvent> events)
    {
        var page = new EventPage(streamId, first);
        foreach (var item in events)
            page.Add(item.Kind, item.Data.Span);
        return page.All;
    }

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    public StreamId StreamId => Page.StreamId;

    /// <summary>Sequence of the first event.</summary>
    public long First => Page.First + _start;

    /// <summary>Sequence of the last event.</summary>
    public long Last => First + Count - 1;

    /// <summary>True if the last event is terminal: nothing follows, ever.</summary>
    public bool EndsStream => Count > 0 && Page.GetKind(_start + Count - 1).IsTerminal();

    /// <summary>The frames of all events, back to back, as they go on the wire.</summary>
    public ReadOnlyMemory<byte> Frames => _page?.GetFrames(_start, Count) ?? default;

    /// <summary>The data of all events, back to back: a copy.</summary>
    public ReadOnlyMemory<byte> Data
    {
        get
        {
            var data = new ArrayBufferWriter<byte>(Math.Max(1, Frames.Length));
            for (var i = 0; i < Count; i++)
                data.Write(Page.GetData(_start + i).Span);
            return data.WrittenMemory;
        }
    }

    /// <summary>The events of kind <see cref="EventKind.Segment"/>, which can only lack the first and the last of the batch.</summary>
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

    /// <summary>Length of the text of the segments in UTF-16 code units, as <c>length</c> counts them in JavaScript and C#.</summary>
    public int Characters => _page?.CountCharacters(_start, Count) ?? 0;

    public StreamEvent this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return new StreamEvent(Page.GetKind(_start + index), Page.GetData(_start + index));
        }
    }

    /// <summary>The events up to and including a sequence, which must be in the batch.</summary>
    public EventBatch UpTo(long last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, First);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, Last);
        return new EventBatch(Page, _start, (int)(last - First) + 1);
    }

    internal (EventPage Page, int Start) Slice => (Page, _start);

    private EventPage Page => _page ?? throw new InvalidOperationException("An empty batch belongs to no stream.");
}
