using Microsoft.Net.Http.Headers;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>The headers of the protocol, besides those of <see cref="ProducerHeaders"/>.</summary>
internal static class DurableHeaders
{
    public const string NextOffset = "Stream-Next-Offset";
    public const string UpToDate = "Stream-Up-To-Date";
    public const string Closed = "Stream-Closed";
    public const string Cursor = "Stream-Cursor";
    public const string TimeToLive = "Stream-TTL";
    public const string ExpiresAt = "Stream-Expires-At";
    public const string Sequence = "Stream-Seq";
    public const string ForkedFrom = "Stream-Forked-From";
    public const string ForkSubOffset = "Stream-Fork-Sub-Offset";

    public const string True = "true";

    /// <summary>The response headers that the pages of other origins may read.</summary>
    public static readonly string[] Exposed =
    [
        NextOffset, UpToDate, Closed, Cursor, TimeToLive, ExpiresAt,
        ProducerHeaders.Epoch, ProducerHeaders.Sequence, ProducerHeaders.ExpectedSequence, ProducerHeaders.ReceivedSequence, HeaderNames.ETag,
    ];
}
