using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>The query of a read.</summary>
/// <param name="Offset">Where it begins; null: at the beginning of the stream, or at its end if <paramref name="IsNow"/>.</param>
/// <param name="IsNow">True if it begins at the end of the stream.</param>
/// <param name="Live">What it does at the end.</param>
/// <param name="Cursor">The cursor of the last live response.</param>
internal sealed record ReadRequest(StreamOffset? Offset, bool IsNow, LiveMode Live, string? Cursor)
{
    private const string OffsetName = "offset";
    private const string LiveName = "live";
    private const string Beginning = "-1";
    private const string Now = "now";

    private static readonly Refusal Gone =
        new(RefusalReason.Expired, "The offset is that of an earlier stream with this name, which is no longer kept.");

    public static bool TryParse(
        IQueryCollection query, [NotNullWhen(true)] out ReadRequest? request, [NotNullWhen(false)] out Refusal? refusal)
    {
        request = null;
        refusal = null;
        var live = query[LiveName] switch
        {
            [] => LiveMode.None,
            ["long-poll"] => LiveMode.LongPoll,
            ["sse"] => LiveMode.Sse,
            _ => (LiveMode?)null,
        };
        StreamOffset offset = default;
        var offsets = query[OffsetName];
        if (live is null)
            refusal = Refusal.Invalid(LiveName, "'live' must be 'long-poll' or 'sse'.");
        else if (live is not LiveMode.None && offsets.Count == 0)
            refusal = Refusal.Invalid(OffsetName, "'offset' is needed with 'live'.");
        else if (offsets is not ([] or [Beginning] or [Now]) && !(offsets is [{ } text] && StreamOffset.TryParse(text, out offset)))
            refusal = Refusal.Invalid(OffsetName, "'offset' must be '-1', 'now', or the value of a 'Stream-Next-Offset' header.");
        else
            request = new ReadRequest(offset == default ? null : offset, offsets is [Now], live.Value, query["cursor"].ToString());
        return request is not null;
    }

    /// <summary>Sequence of the last event before the read; 0: it begins with the first one that is kept.</summary>
    public bool TryGetPosition(DurableStream stream, out long after, [NotNullWhen(false)] out Refusal? refusal)
    {
        after = IsNow ? stream.Last : Offset?.Sequence ?? 0;
        refusal = Offset is { } offset && offset.Created != StreamOffset.GetTail(stream.State).Created ? Gone : null;
        return refusal is null;
    }
}
