using System.Text;
using SseStreaming.Application.Cluster;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// The payloads of the notifications between nodes. <c>a:&lt;tag&gt;:&lt;id&gt;,&lt;id&gt;…</c>: the node with that tag appended to these
/// streams. <c>f:&lt;tag&gt;:&lt;id&gt;</c>: it dropped this stream. <c>h:&lt;tag&gt;</c>: it handed over streams. <c>s:&lt;owner&gt;:&lt;uuid&gt;</c> and <c>v:&lt;owner&gt;:&lt;uuid&gt;</c>: a stop of that stream was requested, or its viewers on
/// other nodes changed.
/// </summary>
internal static class NotificationPayload
{
    public const string Channel = "sse_streaming";

    public const string StopPrefix = "s:";

    public const string ViewersPrefix = "v:";

    public const string HandedOverPrefix = "h:";

    private const string AppendedPrefix = "a:";

    private const string ForgottenPrefix = "f:";

    /// <summary>PostgreSQL accepts less than 8,000 bytes.</summary>
    private const int MaxLength = 7_999;

    /// <summary>The fewest payloads that hold all ids.</summary>
    public static IEnumerable<string> FormatAppended(string nodeTag, IReadOnlyList<StreamId> streamIds)
    {
        var prefix = $"{AppendedPrefix}{nodeTag}:";
        var perPayload = (MaxLength - prefix.Length) / (StreamId.TextLength + 1);
        for (var start = 0; start < streamIds.Count; start += perPayload)
        {
            var payload = new StringBuilder(prefix, MaxLength);
            for (var i = start; i < Math.Min(start + perPayload, streamIds.Count); i++)
                payload.Append(i > start ? "," : "").Append(streamIds[i].ToString());
            yield return payload.ToString();
        }
    }

    public static string FormatForgotten(string nodeTag, StreamId streamId) => $"{ForgottenPrefix}{nodeTag}:{streamId}";

    /// <summary>Calls back for each stream to which another node than the one with this tag appended.</summary>
    public static void ParseAppended(ReadOnlySpan<char> payload, ReadOnlySpan<char> ownTag, Action<StreamId> appended) =>
        ParseStreams(payload, AppendedPrefix, ownTag, appended);

    /// <summary>Calls back for each stream that another node than the one with this tag dropped.</summary>
    public static void ParseForgotten(ReadOnlySpan<char> payload, ReadOnlySpan<char> ownTag, Action<StreamId> forgotten) =>
        ParseStreams(payload, ForgottenPrefix, ownTag, forgotten);

    /// <summary>True if another node than the one with this tag handed over streams.</summary>
    public static bool IsHandedOver(ReadOnlySpan<char> payload, ReadOnlySpan<char> ownTag) =>
        payload.StartsWith(HandedOverPrefix) && !payload[HandedOverPrefix.Length..].SequenceEqual(ownTag);

    /// <summary>A notice for the owner of a stream; null if the payload is of another kind.</summary>
    public static (Guid OwnerId, ClusterNotice Notice)? ParseNotice(ReadOnlySpan<char> payload)
    {
        ClusterNoticeKind kind;
        if (payload.StartsWith(StopPrefix))
            kind = ClusterNoticeKind.StopRequested;
        else if (payload.StartsWith(ViewersPrefix))
            kind = ClusterNoticeKind.ViewersChanged;
        else
            return null;

        var ids = payload[2..];
        var colon = ids.IndexOf(':');
        return colon >= 0 && Guid.TryParse(ids[..colon], out var ownerId) && Guid.TryParse(ids[(colon + 1)..], out var streamKey)
            ? (ownerId, new ClusterNotice(kind, streamKey.ToStreamId()))
            : null;
    }

    private static void ParseStreams(ReadOnlySpan<char> payload, ReadOnlySpan<char> prefix, ReadOnlySpan<char> ownTag, Action<StreamId> callback)
    {
        if (!payload.StartsWith(prefix) || payload[2..].IndexOf(':') is not (>= 0 and var tagLength))
            return;
        if (payload.Slice(2, tagLength).SequenceEqual(ownTag))
            return;
        var ids = payload[(3 + tagLength)..];
        foreach (var range in ids.Split(','))
        {
            if (StreamId.TryParse(ids[range], out var streamId))
                callback(streamId);
        }
    }
}
