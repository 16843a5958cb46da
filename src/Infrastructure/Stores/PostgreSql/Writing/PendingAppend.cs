using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

internal sealed class PendingAppend(EventBatch batch) : PostgreSqlPendingWrite<AppendResult>(batch);
