using System.Globalization;
using SseStreaming.Application;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Retention;

/// <summary>
/// The size of the store, and whether it may grow. The writer's thread counts along with what it writes, which saves a query for each
/// write.
/// </summary>
internal sealed class SqliteCapacity(StreamsOptions options)
{
    /// <summary>Bytes that a block takes beside its data, about: its key, and its share of pages that are not full.</summary>
    public const int BlockOverhead = 16;

    /// <summary>Bytes that a stream takes beside its blocks, about: its row, and its entries in the indexes.</summary>
    public const int StreamOverhead = 256;

    private (long Streams, long Bytes) _committed;

    public long Streams { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>True if dropped blocks may still be in the database (<see cref="PendingDeletions"/>).</summary>
    public bool HasPendingDeletions { get; set; }

    /// <summary>True if more events, or another stream, may be stored; drops closed streams, oldest first, where that helps.</summary>
    public bool HasCapacity(SqliteSession session, bool forStream)
    {
        while (Bytes >= options.MaxTotalBytes || (forStream && Streams >= options.MaxStreams))
        {
            if (!SqliteRetentionStatements.DropOldestClosed(session, this))
                return false;
        }
        return true;
    }

    public void Add(long streams, long bytes)
    {
        Streams += streams;
        Bytes += bytes;
    }

    public void Load(SqliteSession session)
    {
        Streams = ToInt64(session.Scalar("select count(*) from streams"));
        Bytes = ToInt64(session.Scalar("select coalesce(sum(bytes), 0) from streams"));
        HasPendingDeletions = true;
        Commit();
    }

    /// <summary>Keeps what was counted since the last commit.</summary>
    public void Commit() => _committed = (Streams, Bytes);

    /// <summary>Discards what was counted since the last commit.</summary>
    public void Rollback() => (Streams, Bytes) = _committed;

    private static long ToInt64(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
