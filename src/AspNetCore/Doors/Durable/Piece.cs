using SseStreaming.Application.Events;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Consecutive events of a stream, as one response shows them.</summary>
/// <param name="after">Sequence of the last event before the piece.</param>
/// <param name="isJson">True if the text consists of messages, each of which is a line. A long one has several segments.</param>
internal sealed class Piece(long after, bool isJson)
{
    /// <summary>Bytes of text after which a piece ends.</summary>
    private const int FullBytes = 256 * 1024;

    private static ReadOnlySpan<byte> EndOfMessage => "\n"u8;

    private static readonly byte[] Begin = [(byte)'['];
    private static readonly byte[] Separator = [(byte)','];
    private static readonly byte[] End = [(byte)']'];

    private readonly List<EventBatch> _batches = [];

    /// <summary>Sequence of the last event.</summary>
    public long Last { get; private set; } = after;

    /// <summary>True if the last event ends the stream.</summary>
    public bool EndsStream { get; private set; }

    /// <summary>Bytes of text.</summary>
    public long Length { get; private set; }

    public bool HasText => Length > 0;

    /// <summary>True if the piece is large enough. It never ends inside a message.</summary>
    public bool IsFull => Length >= FullBytes && (!isJson || _batches[^1][_batches[^1].Count - 1].Data.Span.EndsWith(EndOfMessage));

    public void Add(EventBatch batch)
    {
        (Last, EndsStream) = (batch.Last, batch.EndsStream);
        var segments = batch.Segments;
        if (segments.IsEmpty)
            return;
        _batches.Add(segments);
        for (var i = 0; i < segments.Count; i++)
            Length += segments[i].Data.Length;
    }

    /// <summary>Drops the beginning of a message whose end was not read.</summary>
    public void DropPartialMessage()
    {
        while (isJson && _batches.Count > 0)
        {
            var (batch, count) = (_batches[^1], _batches[^1].Count);
            for (; count > 0 && !batch[count - 1].Data.Span.EndsWith(EndOfMessage); count--)
                Length -= batch[count - 1].Data.Length;
            if (count == batch.Count)
                return;
            Last = batch.First + count - 1;
            _batches.RemoveAt(_batches.Count - 1);
            if (count > 0)
                _batches.Add(batch.UpTo(Last));
        }
    }

    /// <summary>The body of the response: the text, or an array of the messages.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> GetBody()
    {
        if (isJson)
            yield return Begin;
        var (isFirst, beginsMessage) = (true, true);
        foreach (var batch in _batches)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var text = batch[i].Data;
                if (isJson && beginsMessage && !isFirst)
                    yield return Separator;
                beginsMessage = text.Span.EndsWith(EndOfMessage);
                yield return isJson && beginsMessage ? text[..^1] : text;
                isFirst = false;
            }
        }
        if (isJson)
            yield return End;
    }
}
