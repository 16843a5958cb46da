using System.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Streams;

/// <summary>
/// Consecutive events of one stream, packed: the data of all of them in one piece, and beside it their frames in another.
/// </summary>
/// <remarks>
/// A frame is the same bytes for every viewer, so it is encoded once, here, and a viewer's share of a replay is a copy
/// (docs/decisions/0003-frames-are-encoded-once.md). One writer adds at the end; any number of readers slice what is already
/// there at the same time, without a lock: <see cref="Count"/> is published last, and what lies before it never changes.
/// </remarks>
public sealed class EventPage
{
    private const int InitialFrameBytes = 256;

    private const int LargestKept = 64 * 1024;

    private byte[] _frames;
    private byte[] _data;
    private Mark[] _marks;
    private int _count;

    /// <param name="stream">The stream of all events here.</param>
    /// <param name="first">Sequence of the first event.</param>
    /// <param name="frameBytes">How much of frames will come, if that is known: a page that begins with this room need not grow.</param>
    public EventPage(StreamId stream, long first, int frameBytes = InitialFrameBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        Stream = stream;
        First = first;
        _frames = Room(frameBytes);
        // As much as words of a text take of their frames; both grow where that is too little.
        _data = Room(frameBytes / 4);
        _marks = new Mark[frameBytes / 64];
    }

    public StreamId Stream { get; }

    /// <summary>Sequence of the first event.</summary>
    public long First { get; private set; }

    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the frames of all events.</summary>
    public int FrameBytes => EndOf(Count).Frames;

    /// <summary>Bytes that the page takes in memory.</summary>
    public int Footprint => _frames.Length + _data.Length + (_marks.Length * Mark.Size) + 96;

    /// <summary>All events up to now.</summary>
    public EventBatch All => new(this, 0, Count);

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
        var at = EndOf(_count);
        Ensure(ref _data, at.Data, utf8.Length);
        utf8.CopyTo(_data.AsSpan(at.Data));
        Commit(kind, at, utf8.Length);
    }

    /// <summary>Adds a segment. A surrogate without its other half becomes U+FFFD, as UTF-8 has no form for it.</summary>
    public void AddSegment(ReadOnlySpan<char> text)
    {
        var at = EndOf(_count);
        // The upper bound is three times the usual need: good enough for a word, not for a megabyte.
        var needed = text.Length <= 64 ? Encoding.UTF8.GetMaxByteCount(text.Length) : Encoding.UTF8.GetByteCount(text);
        Ensure(ref _data, at.Data, needed);
        Commit(EventKind.Segment, at, Encoding.UTF8.GetBytes(text, _data.AsSpan(at.Data)));
    }

    /// <summary>Adds the events of a batch that begins right after the last one here.</summary>
    public void Add(EventBatch batch)
    {
        if (batch.First != First + _count)
            throw new ArgumentException($"Events from {batch.First} can't follow {First + _count - 1}.", nameof(batch));

        var at = EndOf(_count);
        var frames = batch.Frames.Span;
        var data = batch.Data.Span;
        Ensure(ref _frames, at.Frames, frames.Length);
        Ensure(ref _data, at.Data, data.Length);
        frames.CopyTo(_frames.AsSpan(at.Frames));
        data.CopyTo(_data.AsSpan(at.Data));
        if (_marks.Length < _count + batch.Count)
            Array.Resize(ref _marks, Math.Max(_count + batch.Count, _marks.Length * 2));
        batch.CopyMarks(_marks.AsSpan(_count), at);
        Volatile.Write(ref _count, _count + batch.Count);
    }

    /// <summary>Empties the page to be filled again. Only for a writer that knows that no reader is left.</summary>
    public void Reset(long first)
    {
        _count = 0;
        First = first;
        if (Footprint <= LargestKept)
            return;
        _frames = Room(InitialFrameBytes);
        _data = Room(InitialFrameBytes / 4);
    }

    internal ReadOnlyMemory<byte> FramesOf(int start, int count) =>
        _frames.AsMemory(EndOf(start).Frames..EndOf(start + count).Frames);

    internal ReadOnlyMemory<byte> DataOf(int start, int count) =>
        _data.AsMemory(EndOf(start).Data..EndOf(start + count).Data);

    internal EventKind KindOf(int index) => _marks[index].Kind;

    internal ReadOnlySpan<Mark> MarksOf(int start, int count) => _marks.AsSpan(start, count);

    internal Mark EndOf(int count) => count == 0 ? default : _marks[count - 1];

    private void Commit(EventKind kind, Mark at, int dataLength)
    {
        var data = _data.AsSpan(at.Data, dataLength);
        Ensure(ref _frames, at.Frames, EventFrame.MaxLength(kind, data));
        // Encoding the id is half of what a frame costs; all but the first of a page copy it.
        if (_count == 0)
            EventFrame.WritePrefix(_frames, Stream);
        var written = EventFrame.Write(_frames.AsSpan(at.Frames), _frames.AsSpan(0, EventFrame.PrefixLength), First + _count, kind, data);
        if (_count == _marks.Length)
            Array.Resize(ref _marks, _marks.Length * 2);
        _marks[_count] = new Mark(at.Frames + written, at.Data + dataLength, kind);
        Volatile.Write(ref _count, _count + 1);
    }

    private static void Ensure(ref byte[] buffer, int used, int more)
    {
        if (buffer.Length - used >= more)
            return;
        var larger = Room((int)Math.Max(checked(used + more), Math.Min(buffer.Length * 2L, Array.MaxLength)));
        buffer.AsSpan(0, used).CopyTo(larger);
        buffer = larger;
    }

    /// <summary>Not zeroed: nobody reads what was not written.</summary>
    private static byte[] Room(int bytes) => GC.AllocateUninitializedArray<byte>(bytes);

    /// <summary>Where an event ends in the frames and in the data, and what it is.</summary>
    internal readonly record struct Mark(int Frames, int Data, EventKind Kind)
    {
        public const int Size = 12;
    }
}
