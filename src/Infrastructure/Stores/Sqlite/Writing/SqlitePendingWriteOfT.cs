namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <inheritdoc/>
internal sealed class SqlitePendingWrite<T>(Func<SqliteSession, T> run, long bytes, CancellationToken cancellationToken) : SqlitePendingWrite(bytes)
{
    // Continuations must not run on the writer's thread.
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    /// <summary>A caller that cancels during the transaction does not learn whether the write took place.</summary>
    public Task<T> Outcome => cancellationToken.CanBeCanceled ? _outcome.Task.WaitAsync(cancellationToken) : _outcome.Task;

    public override bool IsCancelled => cancellationToken.IsCancellationRequested;

    public override void Run(SqliteSession session) => _result = run(session);

    public override void Complete() => _outcome.SetResult(_result!);

    public override void Fail(Exception exception) => _outcome.SetException(exception);
}
