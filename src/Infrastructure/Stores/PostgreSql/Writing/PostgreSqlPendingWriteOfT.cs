namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <inheritdoc/>
internal abstract class PostgreSqlPendingWrite<T>(BatchRow row, long size, long storedBytes)
    : PostgreSqlPendingWrite(row, size, storedBytes)
{
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Outcome => _outcome.Task;

    public void Complete(T result) => _outcome.TrySetResult(result);

    public override void Fail(Exception exception) => _outcome.TrySetException(exception);

    protected override void SetCancelled(CancellationToken cancellationToken) => _outcome.TrySetCanceled(cancellationToken);
}
