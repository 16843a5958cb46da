using SseStreaming.Application.Storage;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>What became of a group. A write that is in none of these has no outcome yet.</summary>
internal sealed class WriteGroupResult
{
    /// <summary>Streams whose write took place, now or in an earlier try.</summary>
    public HashSet<Guid> Done { get; } = [];

    /// <summary>Streams that stand in the way of a create, by the idempotency key.</summary>
    public Dictionary<string, StreamHead> Existing { get; } = new(StringComparer.Ordinal);
}
