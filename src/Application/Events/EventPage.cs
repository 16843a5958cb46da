using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>Consecutive events of one stream: their data, concatenated, and an index of it.</summary>
/// <remarks>
/// Frames are not kept, because they take several times the memory of a word (docs/decisions/0024-pages-keep-data.md). One writer adds
/// events while any number of readers slice without a lock: <see cref="Count"/> is written last, and earlier events never change.
/// </remarks>
internal sealed class EventPage
{
    /// <summary>
    /// Bytes of data after which a new page begins: small enough that half-empty pages don't matter with thousands of streams, large
    /// enough for a fast replay.
    /// </summary>
    private const int TargetData = 2 * 1024;

    /// <summary>Events after which a new page begins: those of a usual page have short words.</summary>
    private const int TargetCount = 256;

    /// <summary>Capacity of a usual page, including the events that make it full.</summary>
    private const int DataCapacity = TargetData + 128;
    private const int IndexCapacity = TargetCount + 16;

    /// <summary>The factor by which a page grows until it has its usual capacity: discarded arrays cost collections.</summary>
    private const int Growth = 4;

    private const int InitialData = DataCapacity / (Growth * Growth);
    private const int InitialCount = IndexCapacity / (Growth * Growth);

    /// <summary>Bytes of this object and of the headers of its arrays.</summary>
    private const int Overhead = 112;

    private const int MaxReusedBytes = 128 * 1024;

    /// <summary>
    /// Size from which the arrays of a stored page are pinned, because text is kept for minutes. When the garbage collector moved it,
    /// all viewers paused for about 25 ms, about once a second with 5,000 of them.
    /// </summary>
    private const int PinThreshold = TargetData;

    private readonly bool _isKept;
    private byte[] _data;
    private EventIndexEntry[] _index;
    private int _count;

    /// <summary>A page for events that are discarded soon.</summary>
    /// <param name="streamId">The stream of all events in the page.</param>
    /// <param name="first">Sequence of the first event.</param>
    public EventPage(StreamId streamId, long first)
        : this(streamId, first, InitialData, InitialCount, isKept: false)
    {
    }

    private EventPage(StreamId streamId, long first, int data, int count, bool isKept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        StreamId = streamId;
        First = first;
        _isKept = isKept;
        _data = AllocateArray<byte>(data);
        _index = AllocateArray<EventIndexEntry>(count);
    }

    public StreamId StreamId { get; private set; }

    /// <summary>Sequence of the first event.</summary>
    public long First { get; private set; }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the data and of the index of all events.</summary>
    public int Size
    {
        get
        {
            var count = Count;
            return GetEnd(count).Data + (count * EventIndexEntry.Size);
        }
    }

    /// <summary>True if the next event should begin a new page.</summary>
    public bool IsFull => Count is var count && (count >= TargetCount || GetEnd(count).Data >= TargetData);

    /// <summary>Bytes of the page in memory.</summary>
    public int Footprint => _data.Length + (_index.Length * EventIndexEntry.Size) + Overhead;

    /// <summary>All events so far.</summary>
    public EventBatch All => new(this, 0, Count);

    /// <summary>
    /// Creates a page to store, with the events of a batch. It begins small, because a stream may stay short or end soon.
    /// </summary>
    public static EventPage CreateFor(EventBatch batch)
    {
        var factor = batch.First == 1 ? 1 : Growth;
        var (data, count) = (InitialData * factor, InitialCount * factor);
        var page = new EventPage(batch.StreamId, batch.First, Math.Max(data, batch.Data.Length), Math.Max(count, batch.Count), isKept: true);
        page.Add(batch);
        return page;
    }

    /// <summary>The events after a sequence; empty if there are none yet.</summary>
    public EventBatch After(long sequence)
    {
        var count = Count;
        var start = (int)Math.Clamp(sequence + 1 - First, 0, count);
        return new EventBatch(this, start, count - start);
    }

    /// <summary>Adds an event whose data is well-formed UTF-8.</summary>
    public void Add(EventKind kind, ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(GetFree(utf8.Length));
        Publish(kind, utf8.Length, kind is EventKind.Segment ? Encoding.UTF8.GetCharCount(utf8) : 0);
    }

    /// <summary>Adds a segment. A surrogate without its other half becomes U+FFFD, as UTF-8 has no form for it.</summary>
    public void AddSegment(ReadOnlySpan<char> text)
    {
        // The maximum is three times the usual length, which is acceptable for a word, but not for a megabyte.
        var free = GetFree(text.Length <= 64 ? Encoding.UTF8.GetMaxByteCount(text.Length) : Encoding.UTF8.GetByteCount(text));
        // Most words are ASCII, and the setup of a general encoder takes as long as encoding one.
        if (Ascii.FromUtf16(text, free, out var length) is not OperationStatus.Done)
            length = Encoding.UTF8.GetBytes(text, free);
        Publish(EventKind.Segment, length, text.Length);
    }

    /// <summary>Adds the events of a batch that begins right after the last event.</summary>
    public void Add(EventBatch batch)
    {
        if (batch.First != First + _count)
            throw new ArgumentException($"Events from {batch.First} can't follow {First + _count - 1}.", nameof(batch));

        var data = batch.Data.Span;
        data.CopyTo(GetFree(data.Length));
        EnsureCapacity(ref _index, _count, batch.Count, IndexCapacity);
        var (page, start) = batch.Slice;
        var (from, to) = (page.GetEnd(start), GetEnd(_count));
        for (var i = 0; i < batch.Count; i++)
            _index[_count + i] = page._index[start + i].Move(from, to);
        Volatile.Write(ref _count, _count + batch.Count);
    }

    /// <summary>Empties the page so that it can be reused for any stream. No reader may use the page any more.</summary>
    public void Reset(StreamId streamId, long first)
    {
        _count = 0;
        StreamId = streamId;
        First = first;
        if (Footprint <= MaxReusedBytes)
            return;
        _data = AllocateArray<byte>(InitialData);
        _index = AllocateArray<EventIndexEntry>(InitialCount);
    }

    /// <summary>The data of consecutive events, concatenated.</summary>
    internal ReadOnlyMemory<byte> GetData(int start, int count) => _data.AsMemory(GetEnd(start).Data..GetEnd(start + count).Data);

    internal EventKind GetKind(int index) => _index[index].Kind;

    internal void WriteFrames(int start, int count, IBufferWriter<byte> writer)
    {
        var head = new SegmentHead(StreamId, First + start, stackalloc byte[SegmentHead.Capacity]);
        var (at, all) = (GetEnd(start).Data, _data);
        // Many frames share one buffer, because a call of the writer costs more than a frame.
        Span<byte> buffer = default;
        var written = 0;
        foreach (var entry in _index.AsSpan(start, count))
        {
            var length = entry.Data - at;
            var isShort = entry is { Kind: EventKind.Segment, HasLineBreaks: false } && length <= EventFrame.MaxShortData;
            var required = SegmentHead.GetRequiredLength(length);
            if (!isShort || buffer.Length - written < required)
            {
                if (written > 0)
                    writer.Advance(written);
                written = 0;
                buffer = isShort ? writer.GetSpan(required) : default;
            }
            if (isShort)
                written += head.WriteFrame(buffer[written..], all.AsSpan(at), length);
            else
                EventFrame.Write(writer, head.Prefix, head.Sequence, entry.Kind, all.AsSpan(at, length));
            at = entry.Data;
            head.MoveNext();
        }
        if (written > 0)
            writer.Advance(written);
    }

    internal int CountCharacters(int start, int count) => GetEnd(start + count).Characters - GetEnd(start).Characters;

    private EventIndexEntry GetEnd(int count) => count == 0 ? default : _index[count - 1];

    /// <summary>The free part of the data, with at least a number of bytes.</summary>
    private Span<byte> GetFree(int length)
    {
        var at = GetEnd(_count).Data;
        EnsureCapacity(ref _data, at, length, DataCapacity);
        return _data.AsSpan(at);
    }

    /// <summary>Adds the event whose data is written.</summary>
    private void Publish(EventKind kind, int length, int characters)
    {
        var end = GetEnd(_count);
        var hasLineBreaks = EventFrame.HasLineBreaks(_data.AsSpan(end.Data, length));
        EnsureCapacity(ref _index, _count, 1, IndexCapacity);
        _index[_count] = new EventIndexEntry(end.Data + length, end.Characters + characters, kind, hasLineBreaks);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>
    /// Ensures the capacity of an array. It reaches its usual size in few steps, and exceeds that size only if necessary.
    /// </summary>
    private void EnsureCapacity<T>(ref T[] array, int used, int more, int usual) where T : unmanaged
    {
        if (array.Length - used >= more)
            return;
        var needed = checked(used + more);
        var grown = needed <= usual ? Math.Min((long)array.Length * Growth, usual) : Math.Min(array.Length * 2L, Array.MaxLength);
        var larger = AllocateArray<T>((int)Math.Max(needed, grown));
        array.AsSpan(0, used).CopyTo(larger);
        array = larger;
    }

    /// <summary>Not zeroed, because only written elements are read.</summary>
    private T[] AllocateArray<T>(int count) where T : unmanaged =>
        GC.AllocateUninitializedArray<T>(count, pinned: _isKept && (long)count * Unsafe.SizeOf<T>() >= PinThreshold);

    /// <summary>The end of an event, in bytes of data and in characters of text, its kind, and whether it has line breaks.</summary>
    private readonly struct EventIndexEntry
    {
        public const int Size = sizeof(ulong);

        private const int PositionBits = 30;

        private const int KindBits = 3;

        private readonly ulong _bits;

        /// <exception cref="OverflowException">The page has more than a gigabyte.</exception>
        public EventIndexEntry(int data, int characters, EventKind kind, bool hasLineBreaks)
        {
            if (data >> PositionBits != 0)
                throw new OverflowException("The data of a page can't exceed a gigabyte.");
            _bits = ((ulong)data << (64 - PositionBits)) | ((ulong)characters << (KindBits + 1)) | ((ulong)kind << 1) | (hasLineBreaks ? 1ul : 0);
        }

        public int Data => (int)(_bits >> (64 - PositionBits));

        public int Characters => (int)(_bits >> (KindBits + 1)) & ((1 << PositionBits) - 1);

        public EventKind Kind => (EventKind)((int)(_bits >> 1) & ((1 << KindBits) - 1));

        public bool HasLineBreaks => (_bits & 1) != 0;

        /// <summary>The same event behind another one.</summary>
        /// <param name="from">The end of the event before it.</param>
        /// <param name="to">The end of the event that comes before it then.</param>
        public EventIndexEntry Move(EventIndexEntry from, EventIndexEntry to) =>
            new(Data - from.Data + to.Data, Characters - from.Characters + to.Characters, Kind, HasLineBreaks);
    }
}
