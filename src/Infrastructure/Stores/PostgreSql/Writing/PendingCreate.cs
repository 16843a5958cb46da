using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

internal sealed class PendingCreate(StreamHead head, BatchRow started, byte[]? request)
    : PostgreSqlPendingWrite<CreateResult>(
        started, started.Size + (request?.Length ?? 0) + head.PropertiesSize,
        started.Data.Length + head.PropertiesSize + PostgreSqlCapacity.BlockOverhead + PostgreSqlCapacity.StreamOverhead)
{
    public StreamHead Head => head;

    public byte[]? Request => request;
}
