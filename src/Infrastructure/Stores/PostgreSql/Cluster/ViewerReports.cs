namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// Reports to the other nodes how many viewers the streams have on this one. Reports are written in groups, one after the other, so that
/// the last report of a stream wins and many viewers at once cost a few round trips. A failed report is sent again with the next one, or
/// with the next renewal of the lease.
/// </summary>
internal sealed class ViewerReports(PostgreSqlDatabase database, NodeLease lease)
{
    private readonly Dictionary<Guid, int> _counts = [];
    private readonly HashSet<Guid> _pending = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _nextGroup = NewGroup();
    private bool _isPumping;

    /// <summary>Completes when the report is in the database.</summary>
    public Task ReportAsync(Guid streamKey, int count)
    {
        lock (_gate)
        {
            _counts[streamKey] = count;
            _pending.Add(streamKey);
            return StartPump();
        }
    }

    /// <summary>Sends the reports that failed. Does not wait for the group that is being written.</summary>
    public Task SendPendingAsync()
    {
        lock (_gate)
            return _pending.Count == 0 ? Task.CompletedTask : StartPump();
    }

    /// <summary>Makes all reports pending, because the database has lost them.</summary>
    public void ResendAll()
    {
        lock (_gate)
            _pending.UnionWith(_counts.Keys);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _counts.Clear();
            _pending.Clear();
        }
    }

    private Task StartPump()
    {
        if (!_isPumping)
        {
            _isPumping = true;
            _ = Task.Run(PumpAsync);
        }
        return _nextGroup.Task;
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            Guid[] streamKeys;
            int[] counts;
            TaskCompletionSource group;
            lock (_gate)
            {
                streamKeys = [.. _pending];
                counts = Array.ConvertAll(streamKeys, streamKey => _counts[streamKey]);
                _pending.Clear();
                group = _nextGroup;
                _nextGroup = NewGroup();
            }

            Exception? fault = null;
            try
            {
                if (streamKeys.Length > 0)
                    await SendAsync(streamKeys, counts);
            }
            catch (Exception exception)
            {
                fault = exception;
            }
            if (!Complete(group, streamKeys, counts, fault))
                return;
        }
    }

    private async Task SendAsync(Guid[] streamKeys, int[] counts)
    {
        var ownerId = await lease.GetOrAcquireAsync(CancellationToken.None);
        await database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.ReportViewersAsync(connection, ownerId, streamKeys, counts, token), CancellationToken.None);
    }

    /// <summary>Completes a group; true if another one waits.</summary>
    private bool Complete(TaskCompletionSource group, Guid[] streamKeys, int[] counts, Exception? fault)
    {
        lock (_gate)
        {
            if (fault is null)
            {
                group.SetResult();
                for (var i = 0; i < streamKeys.Length; i++)
                {
                    if (counts[i] == 0 && !_pending.Contains(streamKeys[i]))
                        _counts.Remove(streamKeys[i]);
                }
                return _isPumping = _pending.Count > 0;
            }

            _pending.UnionWith(streamKeys.Where(_counts.ContainsKey));
            Fail(group, fault);
            // The next group would only wait for the same fault.
            Fail(_nextGroup, fault);
            _nextGroup = NewGroup();
            return _isPumping = false;
        }
    }

    private static void Fail(TaskCompletionSource group, Exception fault)
    {
        group.SetException(fault);
        // Observed here, because no caller may be waiting; the report is sent again later.
        _ = group.Task.Exception;
    }

    private static TaskCompletionSource NewGroup() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
