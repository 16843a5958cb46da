using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

internal sealed class PendingCreate(StreamHead head, EventBatch started) : PostgreSqlPendingWrite<CreateResult>(started)
{
    public StreamHead Head => head;
}
