namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>One write that waits for the writer, and for whose outcome somebody waits.</summary>
internal abstract class SqlitePendingWrite(long weight)
{
    /// <summary>Bytes that it brings, roughly.</summary>
    public long Weight => weight;

    /// <summary>Nobody waits any more.</summary>
    public abstract bool IsGone { get; }

    /// <summary>Runs within a transaction; again in another one if that was rolled back.</summary>
    public abstract void Run(SqliteSession session);

    /// <summary>The transaction is committed.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class SqlitePendingWrite<T>(Func<SqliteSession, T> run, long weight, CancellationToken cancellationToken) : SqlitePendingWrite(weight)
{
    // The writer must not run what its callers do next.
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    /// <summary>
    /// Whoever cancels while the write is under way does not learn whether it took place, as with any fault on the way.
    /// </summary>
    public Task<T> Outcome => cancellationToken.CanBeCanceled ? _outcome.Task.WaitAsync(cancellationToken) : _outcome.Task;

    public override bool IsGone => cancellationToken.IsCancellationRequested;

    public override void Run(SqliteSession session) => _result = run(session);

    public override void Complete() => _outcome.SetResult(_result!);

    public override void Fail(Exception exception) => _outcome.SetException(exception);
}
