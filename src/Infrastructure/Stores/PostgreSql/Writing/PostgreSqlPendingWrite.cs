using SseStreaming.Application.Events;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>One write on its way into a group. What it takes from its batch, it takes at once.</summary>
internal abstract class PostgreSqlPendingWrite
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Dropped = 2;

    /// <summary>What a row of blocks takes beside the data, with its index entry, roughly.</summary>
    public const int BlockOverhead = 100;

    private const int StreamOverhead = 512;

    private int _state;

    protected PostgreSqlPendingWrite(EventBatch batch)
    {
        Key = batch.StreamId.ToKey();
        First = batch.First;
        Last = batch.Last;
        Ending = batch.EndsStream ? (short)batch[batch.Count - 1].Kind : (short)0;
        Segments = batch.Segments.Count;
        Characters = batch.Characters;
        Data = EventBlock.Encode(batch);
        Bytes = Data.Length + BlockOverhead + (batch.First == 1 ? StreamOverhead : 0);
    }

    public Guid Key { get; }

    public long First { get; }

    public long Last { get; }

    /// <summary>The kind of the terminal event, or 0.</summary>
    public short Ending { get; }

    public long Segments { get; }

    public long Characters { get; }

    public byte[] Data { get; }

    /// <summary>Bytes that it takes in the database.</summary>
    public long Bytes { get; }

    /// <summary>Rounds that it went through without an outcome.</summary>
    public int Rounds { get; set; }

    /// <summary>To be called before it is written; false if its caller has given up on it.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Queued) != Dropped;

    public void Drop(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Dropped, Queued) == Queued)
            Cancel(cancellationToken);
    }

    public abstract void Fail(Exception exception);

    protected abstract void Cancel(CancellationToken cancellationToken);
}

internal abstract class PostgreSqlPendingWrite<TResult>(EventBatch batch) : PostgreSqlPendingWrite(batch)
{
    private readonly TaskCompletionSource<TResult> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Outcome => _outcome.Task;

    public void Complete(TResult result) => _outcome.TrySetResult(result);

    public override void Fail(Exception exception) => _outcome.TrySetException(exception);

    protected override void Cancel(CancellationToken cancellationToken) => _outcome.TrySetCanceled(cancellationToken);
}
