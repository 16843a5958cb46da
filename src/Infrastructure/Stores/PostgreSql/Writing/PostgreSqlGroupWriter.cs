using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>
/// Writes for all generations of this node. The writes that arrive during a transaction form the next group: a single write waits for
/// no other, and many share one commit.
/// </summary>
internal sealed class PostgreSqlGroupWriter(PostgreSqlDatabase database, NodeLease lease, PostgreSqlCapacity capacity, StoreMetrics metrics) : IDisposable
{
    /// <summary>Writes that wait at most, far above the number of generations; further callers wait before they queue theirs.</summary>
    private const int MaxQueued = 16 * 1024;

    /// <summary>Attempts at a create that neither takes place nor finds a stream with its key.</summary>
    private const int MaxAttempts = 4;

    private const string SystemName = "postgresql";

    private readonly SemaphoreSlim _queueSlots = new(MaxQueued);
    private readonly Lock _gate = new();
    private List<PostgreSqlPendingWrite> _queue = [];
    private bool _isPumping;

    /// <summary>Writes, and returns the outcome. The token cancels the write only before its group begins.</summary>
    public async Task<T> WriteAsync<T>(PostgreSqlPendingWrite<T> write, CancellationToken cancellationToken)
    {
        await _queueSlots.WaitAsync(cancellationToken);
        try
        {
            Enqueue(write);
            await using (cancellationToken.UnsafeRegister(
                static (state, token) => ((PostgreSqlPendingWrite)state!).Cancel(token), write))
                return await write.Outcome;
        }
        finally
        {
            _queueSlots.Release();
        }
    }

    public void Dispose() => _queueSlots.Dispose();

    private void Enqueue(PostgreSqlPendingWrite write)
    {
        lock (_gate)
        {
            _queue.Add(write);
            if (_isPumping)
                return;
            _isPumping = true;
        }
        // A group has writes of many generations, so it belongs to the trace of none.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(PumpAsync);
    }

    private async Task PumpAsync()
    {
        while (TakeGroup() is { } group)
            await RunGroupAsync(group);
    }

    /// <summary>The next group; null ends the pump, if no write waits.</summary>
    private WriteGroup? TakeGroup()
    {
        lock (_gate)
        {
            var group = new WriteGroup();
            var remaining = new List<PostgreSqlPendingWrite>();
            // Later writes of a stream stay behind its earlier ones.
            foreach (var write in _queue)
            {
                if (!group.Fits(write))
                    remaining.Add(write);
                else if (write.TryBegin())
                    group.Add(write);
            }
            _queue = remaining;
            _isPumping = group.Count > 0;
            return _isPumping ? group : null;
        }
    }

    private async Task RunGroupAsync(WriteGroup group)
    {
        var started = metrics.BeginGroup();
        try
        {
            var ownerId = group.Creates.Count > 0 ? await lease.GetOrAcquireAsync(CancellationToken.None) : lease.OwnerId ?? Guid.Empty;
            var result = await database.RunAsync(
                (connection, token) => PostgreSqlWriteStatements.WriteAsync(connection, group, ownerId, lease.NodeTag, token), CancellationToken.None);
            metrics.GroupCommitted(SystemName, group.Count, started);
            Complete(group, result);
        }
        catch (Exception exception) when (exception is StoreUnavailableException || group.Count == 1)
        {
            metrics.GroupFailed(SystemName, started);
            group.Fail(exception);
        }
        catch (Exception)
        {
            metrics.GroupFailed(SystemName, started);
            await RunOneByOneAsync(group);
        }
    }

    /// <summary>Runs each write in its own transaction, so that a write that fails does not fail the others.</summary>
    private async Task RunOneByOneAsync(WriteGroup group)
    {
        foreach (var write in group.Writes)
            await RunGroupAsync(WriteGroup.Create(write));
    }

    private void Complete(WriteGroup group, WriteGroupResult result)
    {
        foreach (var append in group.Appends)
        {
            var isWritten = result.Written.Contains(append.StreamKey);
            if (isWritten)
                capacity.Add(streams: 0, append.StoredBytes, isClosed: append.Row.Ending is not null);
            append.Complete(isWritten ? AppendResult.Appended : AppendResult.Refused);
        }
        foreach (var create in group.Creates)
        {
            if (result.GetCreateResult(create) is not { } created)
            {
                _ = RetryAsync(create);
                continue;
            }
            if (created.Outcome is CreateOutcome.Created)
                capacity.Add(streams: 1, create.StoredBytes);
            create.Complete(created);
        }
    }

    /// <summary>Retries a create that nothing prevents: a stream with its key has just been dropped, or the lease was lost.</summary>
    private async Task RetryAsync(PendingCreate create)
    {
        try
        {
            if (++create.Attempts >= MaxAttempts)
                throw PostgreSqlFaults.Translate(new TimeoutException("The stream was neither created nor found."));
            await lease.RenewAsync(CancellationToken.None);
            Enqueue(create);
        }
        catch (Exception exception)
        {
            create.Fail(exception);
        }
    }
}
