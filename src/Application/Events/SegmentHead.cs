using System.Buffers.Text;
using SseStreaming.Domain;

namespace SseStreaming.Application.Events;

/// <summary>
/// The frames of consecutive segments up to their data, which differ only in their last digits. To encode each of them costs several times
/// as much.
/// </summary>
internal ref struct SegmentHead
{
    /// <summary>Bytes of the buffer. It is copied as a whole, because a copy of a constant length is a few instructions.</summary>
    public const int Capacity = 64;

    /// <summary>A segment up to this length is copied with what follows it: the lengths of words are not predictable.</summary>
    private const int MaxWordLength = 16;

    private readonly Span<byte> _buffer;
    private int _digitsEnd;
    private byte _lastDigit;

    /// <param name="streamId">The stream.</param>
    /// <param name="sequence">The sequence of the first segment.</param>
    /// <param name="buffer">A buffer with the <see cref="Capacity"/>.</param>
    public SegmentHead(StreamId streamId, long sequence, Span<byte> buffer)
    {
        _buffer = buffer;
        Sequence = sequence;
        EventFrame.WritePrefix(buffer, streamId);
        WriteSequence();
    }

    /// <summary>What the frames of all events of the stream begin with.</summary>
    public readonly ReadOnlySpan<byte> Prefix => _buffer[..EventFrame.PrefixLength];

    public long Sequence { get; private set; }

    /// <summary>The length of the destination that a segment needs.</summary>
    public static int GetRequiredLength(int length) => Capacity + MaxWordLength + length;

    /// <summary>Writes the frame of a segment without line breaks, and returns its length.</summary>
    /// <param name="destination">What is behind the frame is changed, too: see <see cref="GetRequiredLength"/>.</param>
    /// <param name="data">The segment in UTF-8, and whatever follows it.</param>
    /// <param name="length">The length of the segment.</param>
    public readonly int WriteFrame(Span<byte> destination, ReadOnlySpan<byte> data, int length)
    {
        _buffer[..Capacity].CopyTo(destination);
        // Not in the buffer: the processor would have to wait for the store before it could copy the whole.
        destination[_digitsEnd - 1] = _lastDigit;
        var at = _digitsEnd + EventFrame.BeginData.Length;
        if (length <= MaxWordLength && data.Length >= MaxWordLength)
            data[..MaxWordLength].CopyTo(destination[at..]);
        else
            data[..length].CopyTo(destination[at..]);
        at += length;
        EventFrame.End.CopyTo(destination[at..]);
        return at + EventFrame.End.Length;
    }

    /// <summary>Moves to the next event.</summary>
    public void MoveNext()
    {
        Sequence++;
        if (_lastDigit++ == '9')
            WriteSequence();
    }

    private void WriteSequence()
    {
        Utf8Formatter.TryFormat(Sequence, _buffer[EventFrame.PrefixLength..], out var digits);
        _digitsEnd = EventFrame.PrefixLength + digits;
        _lastDigit = _buffer[_digitsEnd - 1];
        EventFrame.BeginData.CopyTo(_buffer[_digitsEnd..]);
    }
}
