using SseStreaming.Application.Storage;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>
/// Writes for all generations of this node. What comes while a group is on its way makes up the next one: a lone write waits for
/// nothing, and the more there is to write, the larger the groups become.
/// </summary>
internal sealed class PostgreSqlGroupWriter(PostgreSqlDatabase database, NodeLease lease, PostgreSqlCapacity capacity, StoreMetrics metrics) : IDisposable
{
    /// <summary>Writes that wait, at the most; further callers wait to get in. It is far above what generations there are.</summary>
    private const int MaxQueued = 16 * 1024;

    /// <summary>How often a create is tried whose outcome is neither that it took place nor what is in its way.</summary>
    private const int MaxRounds = 4;

    private const string SystemName = "postgresql";

    private readonly SemaphoreSlim _queueSlots = new(MaxQueued);
    private readonly Lock _gate = new();
    private List<PostgreSqlPendingWrite> _queue = [];
    private bool _isPumping;

    /// <summary>
    /// Writes, and returns the outcome. The token can call it back until it is begun; from then on it takes as long as a command
    /// may take.
    /// </summary>
    public async Task<TResult> WriteAsync<TResult>(PostgreSqlPendingWrite<TResult> write, CancellationToken cancellationToken)
    {
        await _queueSlots.WaitAsync(cancellationToken);
        try
        {
            Enqueue(write);
            await using (cancellationToken.UnsafeRegister(
                static (state, token) => ((PostgreSqlPendingWrite)state!).Drop(token), write))
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
        // What it writes is of many generations, and belongs to the trace of none.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(PumpAsync);
    }

    private async Task PumpAsync()
    {
        while (Take() is { } group)
            await WriteAsync(group);
    }

    /// <summary>The next group; null, and the pump is over, if nothing waits.</summary>
    private WriteGroup? Take()
    {
        lock (_gate)
        {
            var group = new WriteGroup();
            var left = new List<PostgreSqlPendingWrite>();
            // A stream's second write stays behind its first, and so do those after it.
            foreach (var write in _queue)
            {
                if (!group.Accepts(write))
                    left.Add(write);
                else if (write.TryBegin())
                    group.Add(write);
            }
            _queue = left;
            _isPumping = group.Count > 0;
            return _isPumping ? group : null;
        }
    }

    private async Task WriteAsync(WriteGroup group)
    {
        var begun = metrics.BeginGroup();
        try
        {
            var owner = group.Creates.Count > 0 ? await lease.EnsureAsync(CancellationToken.None) : lease.Current ?? Guid.Empty;
            var outcome = await database.RunAsync(
                (connection, token) => PostgreSqlWriteStatements.WriteAsync(connection, group, owner, lease.Tag, token), CancellationToken.None);
            metrics.GroupCommitted(SystemName, group.Count, begun);
            Complete(group, outcome);
        }
        catch (Exception exception) when (exception is StoreUnavailableException || group.Count == 1)
        {
            metrics.GroupFailed(SystemName, begun);
            group.Fail(exception);
        }
        catch (Exception)
        {
            metrics.GroupFailed(SystemName, begun);
            // One of them is at fault. Alone, each one gets what it deserves, and the fault its own caller.
            foreach (var write in group.Writes)
                await WriteAsync(WriteGroup.Create(write));
        }
    }

    private void Complete(WriteGroup group, WriteGroupResult outcome)
    {
        foreach (var append in group.Appends)
        {
            var isDone = outcome.Done.Contains(append.Key);
            if (isDone)
                capacity.Add(append.Bytes, streams: 0, isClosed: append.Ending != 0);
            append.Complete(isDone ? AppendResult.Appended : AppendResult.Refused);
        }
        foreach (var create in group.Creates)
        {
            if (outcome.Done.Contains(create.Key))
            {
                capacity.Add(create.Bytes, streams: 1, isClosed: false);
                create.Complete(new CreateResult(CreateOutcome.Created));
            }
            else if (create.Head.Idempotency is { } idempotency && outcome.Existing.TryGetValue(idempotency.Key, out var existing))
            {
                create.Complete(new CreateResult(CreateOutcome.Exists, existing));
            }
            else
            {
                _ = RetryAsync(create);
            }
        }
    }

    /// <summary>Nothing is in the way: either what was has just been dropped, or the lease has been lost and a new one is needed.</summary>
    private async Task RetryAsync(PendingCreate create)
    {
        try
        {
            if (++create.Rounds >= MaxRounds)
                throw new StoreUnavailableException("PostgreSQL can't do it at the moment.",
                    new TimeoutException("The stream was neither created nor found."));
            await lease.RenewAsync(CancellationToken.None);
            Enqueue(create);
        }
        catch (Exception exception)
        {
            create.Fail(exception);
        }
    }
}
