using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>
/// Consecutive events of one stream, stored as their concatenated frames. The data of an event is a slice of its frame.
/// </summary>
/// <remarks>
/// A frame has the same bytes for every viewer, so it is encoded once (docs/decisions/0003-frames-are-encoded-once.md). One writer adds
/// events while any number of readers slice without a lock: <see cref="Count"/> is written last, and earlier events never change.
/// </remarks>
internal sealed class EventPage
{
    /// <summary>
    /// Bytes of frames after which a new page begins: small enough that half-empty pages don't matter with thousands of streams, large
    /// enough for a fast replay.
    /// </summary>
    private const int TargetBytes = 4 * 1024;

    private const int InitialFrameBytes = 256;

    /// <summary>Capacity of a usual page, including the frame that makes it full.</summary>
    private const int TargetCapacity = TargetBytes + InitialFrameBytes;

    /// <summary>The frame of a short word. The index has an entry for each such frame, and grows if frames are shorter.</summary>
    private const int SmallFrameBytes = EventFrame.PrefixLength + 16;

    private const int TargetIndexEntries = (TargetCapacity / SmallFrameBytes) + 1;

    /// <summary>Bytes of this object and of the headers of its arrays.</summary>
    private const int Overhead = 136;

    private const int MaxReusedBytes = 128 * 1024;

    /// <summary>
    /// Size from which the arrays of a stored page are pinned, because text is kept for minutes. When the garbage collector moved it,
    /// all viewers paused for about 25 ms, about once a second with 5,000 of them.
    /// </summary>
    private const int PinThreshold = TargetIndexEntries * EventIndexEntry.Size;

    private readonly bool _isKept;
    private byte[] _frames;
    private EventIndexEntry[] _index;
    private byte[][] _multilineData = [];
    private int _multilineCount;
    private int _multilineBytes;
    private int _count;

    /// <summary>A page for events that are discarded soon.</summary>
    /// <param name="streamId">The stream of all events in the page.</param>
    /// <param name="first">Sequence of the first event.</param>
    public EventPage(StreamId streamId, long first)
        : this(streamId, first, InitialFrameBytes, isKept: false)
    {
    }

    private EventPage(StreamId streamId, long first, int frameBytes, bool isKept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        StreamId = streamId;
        First = first;
        _isKept = isKept;
        _frames = AllocateArray<byte>(frameBytes);
        _index = AllocateArray<EventIndexEntry>((frameBytes / SmallFrameBytes) + 1);
    }

    public StreamId StreamId { get; private set; }

    /// <summary>Sequence of the first event.</summary>
    public long First { get; private set; }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the frames of all events.</summary>
    public int FrameBytes => GetEnd(Count).Frames;

    /// <summary>True if the next event should begin a new page.</summary>
    public bool IsFull => FrameBytes >= TargetBytes;

    /// <summary>Bytes of the page in memory.</summary>
    public int Footprint => _frames.Length + (_index.Length * EventIndexEntry.Size) + (_multilineData.Length * IntPtr.Size) + _multilineBytes + Overhead;

    /// <summary>All events so far.</summary>
    public EventBatch All => new(this, 0, Count);

    /// <summary>
    /// Creates a page to store, with the events of a batch. A stream that continues will fill a usual page; a stream that begins may
    /// stay short.
    /// </summary>
    public static EventPage CreateFor(EventBatch batch)
    {
        var usual = batch.First == 1 ? 0 : TargetCapacity;
        var page = new EventPage(batch.StreamId, batch.First, Math.Max(usual, batch.Frames.Length), isKept: true);
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
        var at = BeginFrame(kind, utf8.Length);
        utf8.CopyTo(_frames.AsSpan(at));
        EndFrame(kind, at, utf8.Length, kind is EventKind.Segment ? Encoding.UTF8.GetCharCount(utf8) : 0);
    }

    /// <summary>Adds a segment. A surrogate without its other half becomes U+FFFD, as UTF-8 has no form for it.</summary>
    public void AddSegment(ReadOnlySpan<char> text)
    {
        // The maximum is three times the usual length, which is acceptable for a word, but not for a megabyte.
        var maxLength = text.Length <= 64 ? Encoding.UTF8.GetMaxByteCount(text.Length) : Encoding.UTF8.GetByteCount(text);
        var at = BeginFrame(EventKind.Segment, maxLength);
        // Most words are ASCII, and the setup of a general encoder takes as long as encoding one.
        if (Ascii.FromUtf16(text, _frames.AsSpan(at), out var length) is not OperationStatus.Done)
            length = Encoding.UTF8.GetBytes(text, _frames.AsSpan(at));
        EndFrame(EventKind.Segment, at, length, text.Length);
    }

    /// <summary>Adds the events of a batch that begins right after the last event.</summary>
    public void Add(EventBatch batch)
    {
        if (batch.First != First + _count)
            throw new ArgumentException($"Events from {batch.First} can't follow {First + _count - 1}.", nameof(batch));

        var at = GetEnd(_count);
        var frames = batch.Frames.Span;
        EnsureCapacity(ref _frames, at.Frames, frames.Length, TargetCapacity);
        frames.CopyTo(_frames.AsSpan(at.Frames));
        EnsureCapacity(ref _index, _count, batch.Count, TargetIndexEntries);
        CopyIndex(batch, at);
        Volatile.Write(ref _count, _count + batch.Count);
    }

    /// <summary>Empties the page so that it can be reused for any stream. No reader may use the page any more.</summary>
    public void Reset(StreamId streamId, long first)
    {
        _count = 0;
        StreamId = streamId;
        First = first;
        if (_multilineCount > 0)
        {
            _multilineData = [];
            (_multilineCount, _multilineBytes) = (0, 0);
        }
        if (Footprint <= MaxReusedBytes)
            return;
        _frames = AllocateArray<byte>(InitialFrameBytes);
        _index = AllocateArray<EventIndexEntry>(1);
    }

    internal ReadOnlyMemory<byte> GetFrames(int start, int count) =>
        _frames.AsMemory(GetEnd(start).Frames..GetEnd(start + count).Frames);

    internal ReadOnlyMemory<byte> GetData(int index)
    {
        var (start, end) = (GetEnd(index).Frames, _index[index]);
        return end.IsMultiline ? _multilineData[end.MultilineIndex] : EventFrame.GetData(_frames.AsMemory(start..end.Frames));
    }

    internal EventKind GetKind(int index) => _index[index].Kind;

    internal int CountCharacters(int start, int count) => GetEnd(start + count).Characters - GetEnd(start).Characters;

    private EventIndexEntry GetEnd(int count) => count == 0 ? default : _index[count - 1];

    /// <summary>Writes a frame up to its data, ensures the capacity for the data, and returns its position.</summary>
    private int BeginFrame(EventKind kind, int maxDataLength)
    {
        var at = GetEnd(_count).Frames;
        EnsureCapacity(ref _frames, at, checked(EventFrame.MaxOverhead + maxDataLength), TargetCapacity);
        // Encoding the id is half of the cost of a frame, so all frames but the first copy it.
        if (_count == 0)
            EventFrame.WritePrefix(_frames, StreamId);
        return at + EventFrame.WriteHead(_frames.AsSpan(at), _frames.AsSpan(0, EventFrame.PrefixLength), First + _count, kind);
    }

    /// <summary>Writes the end of the frame, and publishes the event.</summary>
    private void EndFrame(EventKind kind, int at, int length, int characters)
    {
        var lines = EventIndexEntry.SingleLine;
        if (EventFrame.HasLineBreaks(_frames.AsSpan(at, length)))
        {
            var data = _frames.AsSpan(at, length).ToArray();
            lines = AddMultilineData(data);
            EnsureCapacity(ref _frames, at, EventFrame.GetMaxLinesLength(data), TargetCapacity);
            length = EventFrame.WriteLines(data, _frames.AsSpan(at));
        }
        EventFrame.WriteEnd(_frames.AsSpan(at + length));
        EnsureCapacity(ref _index, _count, 1, TargetIndexEntries);
        _index[_count] = new EventIndexEntry(at + length + EventFrame.EndLength, GetEnd(_count).Characters + characters, kind, lines);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Keeps data with line breaks, because its frame does not distinguish CR, LF and CRLF.</summary>
    private int AddMultilineData(byte[] data)
    {
        if (_multilineCount == _multilineData.Length)
            Array.Resize(ref _multilineData, Math.Max(4, _multilineCount * 2));
        _multilineData[_multilineCount] = data;
        _multilineBytes += data.Length + 24;
        return _multilineCount++;
    }

    private void CopyIndex(EventBatch batch, EventIndexEntry at)
    {
        var (page, start) = batch.Slice;
        var from = page.GetEnd(start);
        for (var i = 0; i < batch.Count; i++)
        {
            var entry = page._index[start + i];
            var lines = entry.IsMultiline ? AddMultilineData(page._multilineData[entry.MultilineIndex]) : EventIndexEntry.SingleLine;
            _index[_count + i] = new EventIndexEntry(
                entry.Frames - from.Frames + at.Frames, entry.Characters - from.Characters + at.Characters, entry.Kind, lines);
        }
    }

    /// <summary>
    /// Ensures the capacity of an array. It reaches its usual size in few steps, because discarded arrays cost collections, and exceeds
    /// that size only if necessary.
    /// </summary>
    private void EnsureCapacity<T>(ref T[] array, int used, int more, int usual) where T : unmanaged
    {
        if (array.Length - used >= more)
            return;
        var needed = checked(used + more);
        var grown = needed <= usual ? Math.Min(array.Length * 4L, usual) : Math.Min(array.Length * 2L, Array.MaxLength);
        var larger = AllocateArray<T>((int)Math.Max(needed, grown));
        array.AsSpan(0, used).CopyTo(larger);
        array = larger;
    }

    /// <summary>Not zeroed, because only written elements are read.</summary>
    private T[] AllocateArray<T>(int count) where T : unmanaged =>
        GC.AllocateUninitializedArray<T>(count, pinned: _isKept && (long)count * Unsafe.SizeOf<T>() >= PinThreshold);

    /// <summary>The end of an event, in bytes of frames and in characters of text, and its kind.</summary>
    private readonly struct EventIndexEntry(int frames, int characters, EventKind kind, int multilineIndex)
    {
        public const int Size = 12;

        public const int SingleLine = -1;

        private const int KindBits = 3;

        private readonly int _kindAndMultilineIndex = ((multilineIndex + 1) << KindBits) | (int)kind;

        public int Frames => frames;

        public int Characters => characters;

        public EventKind Kind => (EventKind)(_kindAndMultilineIndex & ((1 << KindBits) - 1));

        public bool IsMultiline => _kindAndMultilineIndex >> KindBits != 0;

        /// <summary>Index into the data that is kept beside the frames.</summary>
        public int MultilineIndex => (_kindAndMultilineIndex >> KindBits) - 1;
    }
}
