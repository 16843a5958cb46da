using Microsoft.Data.Sqlite;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>Rows of the table <c>streams</c> as records.</summary>
internal static class SqliteStreamRow
{
    private const string Head = "id, source, created, idempotency_key, idempotency_digest, subject, shared";
    private const string Record = $"{Head}, first, last, ending, segments, characters";

    public static StreamRecord? Find(SqliteSession session, StreamId streamId)
    {
        using var rows = session.Query($"select {Record} from streams where id = ?1", StoredBlock.ToBytes(streamId));
        return rows.Read() ? ReadRecord(rows) : null;
    }

    public static StreamHead? FindByKey(SqliteSession session, string idempotencyKey)
    {
        using var rows = session.Query($"select {Head} from streams where idempotency_key = ?1", idempotencyKey);
        return rows.Read() ? ReadHead(rows) : null;
    }

    /// <summary>Gives the open streams up to a key, which others began, to an owner.</summary>
    public static IReadOnlyList<StreamRecord> TakeOver(SqliteSession session, byte[] owner, long lastKey)
    {
        var taken = new List<StreamRecord>();
        using var rows = session.Query(
            $"update streams set owner = ?1 where ending is null and key <= ?2 returning {Record}", owner, lastKey);
        while (rows.Read())
            taken.Add(ReadRecord(rows));
        return taken;
    }

    private static StreamHead ReadHead(SqliteDataReader row) =>
        new(StreamId.FromBytes(row.GetFieldValue<byte[]>(0)), row.GetString(1), new DateTimeOffset(row.GetInt64(2), TimeSpan.Zero))
        {
            Idempotency = row.IsDBNull(3) ? null : new Idempotency(row.GetString(3), row.GetString(4)),
            Owner = row.IsDBNull(5) ? null : row.GetString(5),
            IsShared = row.GetBoolean(6),
        };

    private static StreamRecord ReadRecord(SqliteDataReader row)
    {
        EventKind? ending = row.IsDBNull(9) ? null : (EventKind)row.GetInt32(9);
        return new StreamRecord(
            ReadHead(row), new StreamExtent(row.GetInt64(7), row.GetInt64(8), ending is not null), ending, row.GetInt64(10), row.GetInt64(11));
    }
}
