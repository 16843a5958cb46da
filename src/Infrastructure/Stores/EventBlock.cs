using System.Buffers;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>
/// Consecutive events as databases keep them, one block for each append: for each event a byte for its kind, the length of its data
/// as a base-128 varint, and the data. Frames are not stored, because they follow from the data.
/// </summary>
internal static class EventBlock
{
    /// <summary>Maximum length of a kind and a length.</summary>
    private const int MaxHeadLength = 6;

    public static byte[] Encode(EventBatch batch)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(batch.Data.Length + (batch.Count * MaxHeadLength));
        var length = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            buffer[length++] = (byte)item.Kind;
            length += WriteLength(buffer.AsSpan(length), item.Data.Length);
            item.Data.Span.CopyTo(buffer.AsSpan(length));
            length += item.Data.Length;
        }
        var block = buffer.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        return block;
    }

    /// <summary>Adds the events of a block to the end of a page, without those that lie before the start of the page.</summary>
    /// <param name="block">The encoded events.</param>
    /// <param name="first">The sequence of the first event of the block.</param>
    /// <param name="page">The page to add to. Only its first block may begin before it.</param>
    /// <exception cref="InvalidDataException">The block is damaged, or events before it are missing.</exception>
    public static void Decode(ReadOnlySpan<byte> block, long first, EventPage page)
    {
        var next = page.First + page.Count;
        if (first > next || (first < next && page.Count > 0))
            throw new InvalidDataException($"Event {next} of stream {page.StreamId} is missing from the database.");
        for (var sequence = first; !block.IsEmpty; sequence++)
        {
            var kind = (EventKind)block[0];
            var lengthBytes = ReadLength(block[1..], out var length);
            if (!Enum.IsDefined(kind) || lengthBytes == 0 || block.Length - 1 - lengthBytes < length)
                throw new InvalidDataException($"Event {sequence} of stream {page.StreamId} is damaged in the database.");
            if (sequence >= next)
                page.Add(kind, block.Slice(1 + lengthBytes, length));
            block = block[(1 + lengthBytes + length)..];
        }
    }

    private static int WriteLength(Span<byte> destination, int length)
    {
        var count = 0;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            destination[count++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
                return count;
        }
    }

    /// <summary>Returns how many bytes encode the length; 0 if they are damaged.</summary>
    private static int ReadLength(ReadOnlySpan<byte> source, out int length)
    {
        length = 0;
        for (var i = 0; i < Math.Min(5, source.Length); i++)
        {
            length |= (source[i] & 0x7f) << (7 * i);
            if (source[i] < 0x80)
                return length < 0 ? 0 : i + 1;
        }
        return 0;
    }
}
