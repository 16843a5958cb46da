namespace SseStreaming.Infrastructure.Stores.Sqlite.Writing;

/// <summary>A write that waits for its group to be committed.</summary>
internal abstract class SqlitePendingWrite(long bytes)
{
    /// <summary>Bytes that it adds to the database, about.</summary>
    public long Bytes => bytes;

    public abstract bool IsCancelled { get; }

    /// <summary>Runs within a transaction, and again in another one if the first was rolled back.</summary>
    public abstract void Run(SqliteSession session);

    /// <summary>The transaction is committed.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception exception);
}
