using System.Globalization;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Retention;

/// <summary>How much is stored, counted along with what is written, so that nobody has to ask the database. The writer's own.</summary>
internal sealed class SqliteCapacity
{
    /// <summary>What a block takes beside its data, roughly: its key, and its share of half-filled pages.</summary>
    public const int BlockOverhead = 16;

    /// <summary>What a stream takes beside its blocks, roughly: its row and the entries in the indexes.</summary>
    public const int StreamOverhead = 256;

    private (long Streams, long Bytes) _committed;

    public long Streams { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Something was dropped whose blocks may still be there (<see cref="PendingDeletions"/>).</summary>
    public bool HasPendingDeletions { get; set; }

    public void Add(long streams, long bytes)
    {
        Streams += streams;
        Bytes += bytes;
    }

    public void Load(SqliteSession session)
    {
        Streams = Number(session.Scalar("select count(*) from streams"));
        Bytes = Number(session.Scalar("select coalesce(sum(bytes), 0) from streams"));
        HasPendingDeletions = true;
        Commit();
    }

    public void Commit() => _committed = (Streams, Bytes);

    public void Rollback() => (Streams, Bytes) = _committed;

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
