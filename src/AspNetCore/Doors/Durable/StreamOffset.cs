using System.Globalization;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>
/// The end of an event, as text that sorts in the order of the stream: the time when the stream was created, and the sequence of the
/// event. The time tells the offsets of a stream from those of an earlier one that had the same name.
/// </summary>
internal readonly record struct StreamOffset(long Created, long Sequence)
{
    private const int Digits = 16;

    /// <summary>The end of the last event.</summary>
    public static StreamOffset GetTail(StreamState state) => At(state, state.LastEventId.Sequence);

    public static StreamOffset At(StreamState state, long sequence) => new(state.Created.ToUnixTimeMilliseconds(), sequence);

    public static bool TryParse(string text, out StreamOffset offset)
    {
        offset = default;
        if (text.Length != (2 * Digits) + 1 || text[Digits] != '_'
            // The number parser ignores trailing NULs.
            || text.AsSpan(0, Digits).ContainsAnyExceptInRange('0', '9') || text.AsSpan(Digits + 1).ContainsAnyExceptInRange('0', '9'))
            return false;
        offset = new StreamOffset(Parse(text.AsSpan(0, Digits)), Parse(text.AsSpan(Digits + 1)));
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Created:D16}_{Sequence:D16}");

    private static long Parse(ReadOnlySpan<char> digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
