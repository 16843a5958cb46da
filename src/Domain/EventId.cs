using System.Globalization;

namespace SseStreaming.Domain;

/// <summary>
/// The id of an event: its stream and its sequence, which counts from 1. Its text, <c>&lt;stream id&gt;.&lt;sequence&gt;</c>, is the <c>id</c> of
/// a frame, and the <c>Last-Event-ID</c> of a request that resumes.
/// </summary>
public readonly record struct EventId
{
    /// <summary>An event of a stream, by its sequence from 1.</summary>
    public EventId(StreamId streamId, long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        StreamId = streamId;
        Sequence = sequence;
    }

    /// <summary>The stream of the event.</summary>
    public StreamId StreamId { get; }

    /// <summary>1 for the first event of a stream.</summary>
    public long Sequence { get; }

    /// <summary>Parses the text form. Each id has exactly one text: no sign, no leading zero, no white space.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EventId id)
    {
        id = default;
        if (text.Length <= StreamId.TextLength + 1
            || text[StreamId.TextLength] != '.'
            || !StreamId.TryParse(text[..StreamId.TextLength], out var streamId))
            return false;

        var digits = text[(StreamId.TextLength + 1)..];
        if (digits[0] is '0'
            // The number parser ignores trailing NULs.
            || digits.ContainsAnyExceptInRange('0', '9')
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return false;

        id = new EventId(streamId, sequence);
        return true;
    }

    /// <summary>The text form, which <see cref="TryParse"/> reads.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{StreamId}.{Sequence}");
}
