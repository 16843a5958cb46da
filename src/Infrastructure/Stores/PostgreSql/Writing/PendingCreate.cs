using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

internal sealed class PendingCreate(StreamHead head, BatchRow started)
    : PostgreSqlPendingWrite<CreateResult>(started, started.Data.Length + PostgreSqlCapacity.BlockOverhead + PostgreSqlCapacity.StreamOverhead)
{
    public StreamHead Head => head;
}
