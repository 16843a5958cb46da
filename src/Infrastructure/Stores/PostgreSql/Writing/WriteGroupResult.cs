using SseStreaming.Application.Storage;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>The outcome of a group.</summary>
internal sealed class WriteGroupResult
{
    /// <summary>Streams whose write took place, in this attempt or an earlier one.</summary>
    public HashSet<Guid> Written { get; } = [];

    /// <summary>Streams that exist with the idempotency key of a create.</summary>
    public Dictionary<string, StreamHead> Existing { get; } = new(StringComparer.Ordinal);

    /// <summary>The outcome of a create; null if it neither took place nor found a stream with its key.</summary>
    public CreateResult? GetCreateResult(PendingCreate create) =>
        Written.Contains(create.StreamKey) ? new CreateResult(CreateOutcome.Created)
        : create.Head.Idempotency is { } idempotency && Existing.TryGetValue(idempotency.Key, out var existing)
            ? new CreateResult(CreateOutcome.Exists, existing)
        : null;
}
