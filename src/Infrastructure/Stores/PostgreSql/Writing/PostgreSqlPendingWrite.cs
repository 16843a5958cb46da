namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>A write that waits for its group to be committed.</summary>
internal abstract class PostgreSqlPendingWrite(BatchRow row, long size, long storedBytes)
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;

    private int _state;

    public BatchRow Row => row;

    public Guid StreamKey { get; } = row.StreamId.ToUuid();

    /// <summary>Bytes that it sends to the database, about.</summary>
    public long Size => size;

    /// <summary>Bytes that it adds to the size of the store, which counts neither requests nor checkpoints.</summary>
    public long StoredBytes => storedBytes;

    /// <summary>Attempts without an outcome so far.</summary>
    public int Attempts { get; set; }

    /// <summary>Marks the write as begun, after which it can't be cancelled; false if it has been cancelled.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Queued) != Cancelled;

    /// <summary>Cancels the write unless it has begun.</summary>
    public void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued)
            SetCancelled(cancellationToken);
    }

    public abstract void Fail(Exception exception);

    protected abstract void SetCancelled(CancellationToken cancellationToken);
}
