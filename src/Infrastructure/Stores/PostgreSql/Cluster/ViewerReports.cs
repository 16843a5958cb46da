namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// How many viewers the streams have on this node, as the others are told. Reports are written one group after the other, so that
/// of two for a stream the later one stands, and a crowd that comes at once costs a few round trips. What could not be told is
/// told with the next report, or the next renewal of the lease.
/// </summary>
internal sealed class ViewerReports(PostgreSqlDatabase database, NodeLease lease)
{
    private readonly Dictionary<Guid, int> _counts = [];
    private readonly HashSet<Guid> _untold = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _round = NewRound();
    private bool _isPumping;

    /// <summary>Completes when the others have been told.</summary>
    public Task ReportAsync(Guid stream, int count)
    {
        lock (_gate)
        {
            _counts[stream] = count;
            _untold.Add(stream);
            return Begin();
        }
    }

    /// <summary>Tells what is left to tell.</summary>
    public Task TellAsync()
    {
        lock (_gate)
            // What is on its way is not waited for: a round that nothing is left for does not begin.
            return _untold.Count == 0 ? Task.CompletedTask : Begin();
    }

    /// <summary>The others know nothing any more.</summary>
    public void ForgetTold()
    {
        lock (_gate)
            _untold.UnionWith(_counts.Keys);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _counts.Clear();
            _untold.Clear();
        }
    }

    private Task Begin()
    {
        if (!_isPumping)
        {
            _isPumping = true;
            _ = Task.Run(PumpAsync);
        }
        return _round.Task;
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            Guid[] streams;
            int[] counts;
            TaskCompletionSource round;
            lock (_gate)
            {
                streams = [.. _untold];
                counts = Array.ConvertAll(streams, stream => _counts[stream]);
                _untold.Clear();
                round = _round;
                _round = NewRound();
            }

            Exception? fault = null;
            try
            {
                if (streams.Length > 0)
                    await TellAsync(streams, counts);
            }
            catch (Exception exception)
            {
                fault = exception;
            }
            if (!Complete(round, streams, counts, fault))
                return;
        }
    }

    private async Task TellAsync(Guid[] streams, int[] counts)
    {
        var me = await lease.EnsureAsync(CancellationToken.None);
        await database.RunAsync(
            (connection, token) => PostgreSqlClusterStatements.ReportViewersAsync(connection, me, streams, counts, token), CancellationToken.None);
    }

    /// <summary>Ends a round; true if there is a next one to go on with.</summary>
    private bool Complete(TaskCompletionSource round, Guid[] streams, int[] counts, Exception? fault)
    {
        lock (_gate)
        {
            if (fault is null)
            {
                round.SetResult();
                for (var i = 0; i < streams.Length; i++)
                {
                    if (counts[i] == 0 && !_untold.Contains(streams[i]))
                        _counts.Remove(streams[i]);
                }
                return _isPumping = _untold.Count > 0;
            }

            // Those who came meanwhile would only wait for the same fault.
            _untold.UnionWith(streams.Where(_counts.ContainsKey));
            Fail(round, fault);
            Fail(_round, fault);
            _round = NewRound();
            return _isPumping = false;
        }
    }

    /// <summary>A fault that nobody waits for is no fault of the process: the report is told later.</summary>
    private static void Fail(TaskCompletionSource round, Exception fault)
    {
        round.SetException(fault);
        _ = round.Task.Exception;
    }

    private static TaskCompletionSource NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
