using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>
/// Consecutive events of one stream, packed: their frames, back to back, as they go on the wire. What an event says is a slice of
/// its frame.
/// </summary>
/// <remarks>
/// A frame is the same bytes for every viewer, so it is encoded once, here, and a viewer's share of a replay is a copy
/// (docs/decisions/0003-frames-are-encoded-once.md). One writer adds at the end; any number of readers slice what is already
/// there at the same time, without a lock: <see cref="Count"/> is published last, and what lies before it never changes.
/// </remarks>
public sealed class EventPage
{
    /// <summary>
    /// Bytes of frames after which events that come one by one begin a new page: small enough that half-empty ones don't matter with
    /// thousands of streams, large enough to replay fast.
    /// </summary>
    private const int UsualBytes = 4 * 1024;

    private const int InitialFrameBytes = 256;

    /// <summary>Room of a usual page, with that of the frame that makes it full.</summary>
    private const int UsualRoom = UsualBytes + InitialFrameBytes;

    /// <summary>Of a short word: a page has a mark for each that fits. Where frames are shorter, the marks grow.</summary>
    private const int SmallFrame = EventFrame.PrefixLength + 16;

    private const int UsualMarks = (UsualRoom / SmallFrame) + 1;

    /// <summary>Of this object and its arrays.</summary>
    private const int Overhead = 136;

    private const int LargestKept = 128 * 1024;

    /// <summary>
    /// Bytes from which on an array of what is kept is allocated where the garbage collector does not move it. Text is kept for
    /// minutes: to move it twice on its way to the old generation stopped all viewers for some 25 ms, about once a second with
    /// 5,000 of them.
    /// </summary>
    private const int LeastUnmoved = UsualMarks * Mark.Size;

    private readonly bool _isKept;
    private byte[] _frames;
    private Mark[] _marks;
    private byte[][] _lines = [];
    private int _linesCount;
    private int _linesBytes;
    private int _count;

    /// <summary>A page for events on their way, which soon nobody looks at any more.</summary>
    /// <param name="stream">The stream of all events here.</param>
    /// <param name="first">Sequence of the first event.</param>
    public EventPage(StreamId stream, long first)
        : this(stream, first, InitialFrameBytes, isKept: false)
    {
    }

    /// <summary>A page that begins with the room for so much of frames need not grow for it.</summary>
    private EventPage(StreamId stream, long first, int frameBytes, bool isKept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        Stream = stream;
        First = first;
        _isKept = isKept;
        _frames = Room<byte>(frameBytes);
        _marks = Room<Mark>((frameBytes / SmallFrame) + 1);
    }

    public StreamId Stream { get; private set; }

    /// <summary>Sequence of the first event.</summary>
    public long First { get; private set; }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the frames of all events.</summary>
    public int FrameBytes => EndOf(Count).Frames;

    /// <summary>True if what comes next is to begin a new page.</summary>
    public bool IsFull => FrameBytes >= UsualBytes;

    /// <summary>Bytes that the page takes in memory.</summary>
    public int Footprint => _frames.Length + (_marks.Length * Mark.Size) + (_lines.Length * IntPtr.Size) + _linesBytes + Overhead;

    /// <summary>All events up to now.</summary>
    public EventBatch All => new(this, 0, Count);

    /// <summary>
    /// A page to keep, for a stream that begins or goes on with a batch. One that goes on will fill a usual page; one that begins may
    /// stay short.
    /// </summary>
    public static EventPage BeginWith(EventBatch batch)
    {
        var usual = batch.First == 1 ? 0 : UsualRoom;
        var page = new EventPage(batch.Stream, batch.First, Math.Max(usual, batch.Frames.Length), isKept: true);
        page.Add(batch);
        return page;
    }

    /// <summary>The events after a sequence up to now; empty if there are none yet.</summary>
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
        // The upper bound is three times the usual need: good enough for a word, not for a megabyte.
        var room = text.Length <= 64 ? Encoding.UTF8.GetMaxByteCount(text.Length) : Encoding.UTF8.GetByteCount(text);
        var at = BeginFrame(EventKind.Segment, room);
        // Most words are ASCII, and an encoding takes as long to get under way as to encode one.
        if (Ascii.FromUtf16(text, _frames.AsSpan(at), out var length) is not OperationStatus.Done)
            length = Encoding.UTF8.GetBytes(text, _frames.AsSpan(at));
        EndFrame(EventKind.Segment, at, length, text.Length);
    }

    /// <summary>Adds the events of a batch that begins right after the last one here.</summary>
    public void Add(EventBatch batch)
    {
        if (batch.First != First + _count)
            throw new ArgumentException($"Events from {batch.First} can't follow {First + _count - 1}.", nameof(batch));

        var at = EndOf(_count);
        var frames = batch.Frames.Span;
        Ensure(ref _frames, at.Frames, frames.Length, UsualRoom);
        frames.CopyTo(_frames.AsSpan(at.Frames));
        Ensure(ref _marks, _count, batch.Count, UsualMarks);
        CopyMarks(batch, at);
        Volatile.Write(ref _count, _count + batch.Count);
    }

    /// <summary>Empties the page to be filled again with events of any stream. Only for a writer that knows that no reader is left.</summary>
    public void Reset(StreamId stream, long first)
    {
        _count = 0;
        Stream = stream;
        First = first;
        if (_linesCount > 0)
        {
            _lines = [];
            (_linesCount, _linesBytes) = (0, 0);
        }
        if (Footprint <= LargestKept)
            return;
        _frames = Room<byte>(InitialFrameBytes);
        _marks = Room<Mark>(1);
    }

    internal ReadOnlyMemory<byte> FramesOf(int start, int count) =>
        _frames.AsMemory(EndOf(start).Frames..EndOf(start + count).Frames);

    internal ReadOnlyMemory<byte> DataOf(int index)
    {
        var (start, end) = (EndOf(index).Frames, _marks[index]);
        return end.HasLines ? _lines[end.Lines] : EventFrame.DataOf(_frames.AsMemory(start..end.Frames));
    }

    internal EventKind KindOf(int index) => _marks[index].Kind;

    internal int CharactersOf(int start, int count) => EndOf(start + count).Characters - EndOf(start).Characters;

    private Mark EndOf(int count) => count == 0 ? default : _marks[count - 1];

    /// <summary>Writes a frame up to its data, for which there is room then, and returns where that is.</summary>
    private int BeginFrame(EventKind kind, int dataRoom)
    {
        var at = EndOf(_count).Frames;
        Ensure(ref _frames, at, checked(EventFrame.LongestFrameOfNothing + dataRoom), UsualRoom);
        // Encoding the id is half of what a frame costs; all but the first of a page copy it.
        if (_count == 0)
            EventFrame.WritePrefix(_frames, Stream);
        return at + EventFrame.WriteHead(_frames.AsSpan(at), _frames.AsSpan(0, EventFrame.PrefixLength), First + _count, kind);
    }

    /// <summary>Ends the frame after its data, and publishes the event.</summary>
    private void EndFrame(EventKind kind, int at, int length, int characters)
    {
        var lines = Mark.NoLines;
        if (EventFrame.HasLineBreaks(_frames.AsSpan(at, length)))
        {
            var data = _frames.AsSpan(at, length).ToArray();
            lines = Keep(data);
            Ensure(ref _frames, at, EventFrame.LengthOfLines(data), UsualRoom);
            length = EventFrame.WriteLines(data, _frames.AsSpan(at));
        }
        EventFrame.WriteEnd(_frames.AsSpan(at + length));
        Ensure(ref _marks, _count, 1, UsualMarks);
        _marks[_count] = new Mark(at + length + EventFrame.EndLength, EndOf(_count).Characters + characters, kind, lines);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Keeps data whose frame does not say it exactly: there CR, LF and CRLF are the same.</summary>
    private int Keep(byte[] data)
    {
        if (_linesCount == _lines.Length)
            Array.Resize(ref _lines, Math.Max(4, _linesCount * 2));
        _lines[_linesCount] = data;
        _linesBytes += data.Length + 24;
        return _linesCount++;
    }

    private void CopyMarks(EventBatch batch, Mark at)
    {
        var (page, start) = batch.Slice;
        var from = page.EndOf(start);
        for (var i = 0; i < batch.Count; i++)
        {
            var mark = page._marks[start + i];
            var lines = mark.HasLines ? Keep(page._lines[mark.Lines]) : Mark.NoLines;
            _marks[_count + i] = new Mark(
                mark.Frames - from.Frames + at.Frames, mark.Characters - from.Characters + at.Characters, mark.Kind, lines);
        }
    }

    /// <summary>
    /// Makes room for more. An array becomes usual in few steps, as what is left behind on the way costs collections; and no larger than
    /// usual unless it must.
    /// </summary>
    private void Ensure<T>(ref T[] array, int used, int more, int usual) where T : unmanaged
    {
        if (array.Length - used >= more)
            return;
        var needed = checked(used + more);
        var grown = needed <= usual ? Math.Min(array.Length * 4L, usual) : Math.Min(array.Length * 2L, Array.MaxLength);
        var larger = Room<T>((int)Math.Max(needed, grown));
        array.AsSpan(0, used).CopyTo(larger);
        array = larger;
    }

    /// <summary>Not zeroed: nobody reads what was not written.</summary>
    private T[] Room<T>(int count) where T : unmanaged =>
        GC.AllocateUninitializedArray<T>(count, pinned: _isKept && (long)count * Unsafe.SizeOf<T>() >= LeastUnmoved);

    /// <summary>Where an event ends, in bytes of frames and in characters of text, and what it is.</summary>
    private readonly struct Mark(int frames, int characters, EventKind kind, int lines)
    {
        public const int Size = 12;

        public const int NoLines = -1;

        private const int KindBits = 3;

        private readonly int _kindAndLines = ((lines + 1) << KindBits) | (int)kind;

        public int Frames => frames;

        public int Characters => characters;

        public EventKind Kind => (EventKind)(_kindAndLines & ((1 << KindBits) - 1));

        public bool HasLines => _kindAndLines >> KindBits != 0;

        /// <summary>Which of those whose data is kept beside the frame.</summary>
        public int Lines => (_kindAndLines >> KindBits) - 1;
    }
}
