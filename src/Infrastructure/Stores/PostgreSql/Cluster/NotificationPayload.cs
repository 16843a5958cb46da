using System.Text;
using SseStreaming.Application.Cluster;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// What nodes tell each other over the one channel. <c>a:&lt;tag&gt;:&lt;id&gt;,&lt;id&gt;…</c> — the node with that tag appended to these
/// streams; <c>s:&lt;owner&gt;:&lt;uuid&gt;</c> and <c>v:&lt;owner&gt;:&lt;uuid&gt;</c> — the owner of this stream is to stop it, or has other
/// viewers elsewhere.
/// </summary>
internal static class NotificationPayload
{
    public const string Channel = "sse_streaming";

    public const string StopPrefix = "s:";

    public const string ViewersPrefix = "v:";

    /// <summary>PostgreSQL takes less than 8,000 bytes.</summary>
    private const int MaxLength = 7_999;

    /// <summary>As few payloads as the ids fit into.</summary>
    public static IEnumerable<string> Appended(string tag, IReadOnlyList<StreamId> streams)
    {
        var prefix = $"a:{tag}:";
        var perPayload = (MaxLength - prefix.Length) / (StreamId.TextLength + 1);
        for (var start = 0; start < streams.Count; start += perPayload)
        {
            var payload = new StringBuilder(prefix, MaxLength);
            for (var at = start; at < Math.Min(start + perPayload, streams.Count); at++)
                payload.Append(at > start ? "," : "").Append(streams[at].ToString());
            yield return payload.ToString();
        }
    }

    /// <summary>Tells the streams that were appended to by somebody else than the node with this tag.</summary>
    public static void ReadAppended(ReadOnlySpan<char> payload, ReadOnlySpan<char> ownTag, Action<StreamId> appended)
    {
        if (!payload.StartsWith("a:") || payload[2..].IndexOf(':') is not (>= 0 and var tagLength))
            return;
        if (payload.Slice(2, tagLength).SequenceEqual(ownTag))
            return;
        var ids = payload[(3 + tagLength)..];
        foreach (var range in ids.Split(','))
        {
            if (StreamId.TryParse(ids[range], out var streamId))
                appended(streamId);
        }
    }

    /// <summary>Reads what is meant for the owner of a stream; null if the payload is something else.</summary>
    public static (Guid Owner, ClusterNotice Notice)? ReadNotice(ReadOnlySpan<char> payload)
    {
        ClusterNoticeKind kind;
        if (payload.StartsWith(StopPrefix))
            kind = ClusterNoticeKind.StopRequested;
        else if (payload.StartsWith(ViewersPrefix))
            kind = ClusterNoticeKind.ViewersChanged;
        else
            return null;

        var rest = payload[2..];
        var colon = rest.IndexOf(':');
        return colon >= 0 && Guid.TryParse(rest[..colon], out var owner) && Guid.TryParse(rest[(colon + 1)..], out var key)
            ? (owner, new ClusterNotice(kind, key.ToStreamId()))
            : null;
    }
}
