using System.Globalization;

namespace SseStreaming.Domain;

/// <summary>
/// Names one event: its stream and its place in it, counted from 1. Its text, <c>&lt;stream id&gt;.&lt;sequence&gt;</c>, is the
/// <c>id:</c> of a frame and comes back as <c>Last-Event-ID</c>; alone it is enough to resume.
/// </summary>
public readonly record struct EventId
{
    public EventId(StreamId streamId, long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        StreamId = streamId;
        Sequence = sequence;
    }

    public StreamId StreamId { get; }

    /// <summary>1 for the first event of a stream.</summary>
    public long Sequence { get; }

    /// <summary>Reads the text form. There is exactly one text for each id: no sign, no leading zero, no white space.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EventId id)
    {
        id = default;
        if (text.Length <= StreamId.TextLength + 1
            || text[StreamId.TextLength] != '.'
            || !StreamId.TryParse(text[..StreamId.TextLength], out var streamId))
            return false;

        var digits = text[(StreamId.TextLength + 1)..];
        if (digits[0] is '0'
            // The number parser would skip NULs at the end.
            || digits.ContainsAnyExceptInRange('0', '9')
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return false;

        id = new EventId(streamId, sequence);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{StreamId}.{Sequence}");
}
