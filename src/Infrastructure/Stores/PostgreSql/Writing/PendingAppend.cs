using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

internal sealed class PendingAppend(BatchRow row)
    : PostgreSqlPendingWrite<AppendResult>(row, row.Size, row.Data.Length + PostgreSqlCapacity.BlockOverhead);
