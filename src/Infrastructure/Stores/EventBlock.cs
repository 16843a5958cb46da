using System.Buffers;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>
/// Consecutive events as databases keep them: for each one a byte for its kind, the length of its data as a base-128 varint, and
/// the data. A block is what one append brought, so it takes one row however many events that were. Frames are not stored: they
/// are how events look on the wire, and follow from the data.
/// </summary>
internal static class EventBlock
{
    public static byte[] Encode(EventBatch batch)
    {
        // More than enough: a frame is longer than its event here.
        var room = ArrayPool<byte>.Shared.Rent(batch.Frames.Length);
        var at = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            room[at++] = (byte)item.Kind;
            at += WriteLength(room.AsSpan(at), item.Data.Length);
            item.Data.Span.CopyTo(room.AsSpan(at));
            at += item.Data.Length;
        }
        var block = room.AsSpan(0, at).ToArray();
        ArrayPool<byte>.Shared.Return(room);
        return block;
    }

    /// <summary>Adds the events of a block to a page, leaving out its first <paramref name="skip"/> ones.</summary>
    /// <exception cref="InvalidDataException">The bytes are no block.</exception>
    public static void Decode(ReadOnlySpan<byte> block, EventPage page, long skip)
    {
        while (!block.IsEmpty)
        {
            var kind = (EventKind)block[0];
            var used = ReadLength(block[1..], out var length);
            if (!Enum.IsDefined(kind) || used == 0 || block.Length - 1 - used < length)
                throw new InvalidDataException("A stored block of events is damaged.");
            if (skip-- <= 0)
                page.Add(kind, block.Slice(1 + used, length));
            block = block[(1 + used + length)..];
        }
    }

    private static int WriteLength(Span<byte> destination, int length)
    {
        var at = 0;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            destination[at++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
                return at;
        }
    }

    /// <summary>Returns how many bytes the length takes; 0 if it is damaged.</summary>
    private static int ReadLength(ReadOnlySpan<byte> source, out int length)
    {
        length = 0;
        for (var at = 0; at < Math.Min(5, source.Length); at++)
        {
            length |= (source[at] & 0x7f) << (7 * at);
            if (source[at] < 0x80)
                return length < 0 ? 0 : at + 1;
        }
        return 0;
    }
}
