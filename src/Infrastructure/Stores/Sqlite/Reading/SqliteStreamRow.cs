using Microsoft.Data.Sqlite;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>Maps rows of the table <c>streams</c>.</summary>
internal static class SqliteStreamRow
{
    public const string HeadColumns = "id, source, created, idempotency_key, idempotency_digest, subject, shared";

    public const string Columns = HeadColumns + ", first, last, ending, segments, characters";

    public static StreamHead ReadHead(SqliteDataReader row) => new(
        StreamId.FromBytes(row.GetFieldValue<byte[]>(0)), row.GetString(1), new DateTimeOffset(row.GetInt64(2), TimeSpan.Zero))
    {
        Idempotency = row.IsDBNull(3) ? null : new Idempotency(row.GetString(3), row.GetString(4)),
        Owner = row.IsDBNull(5) ? null : row.GetString(5),
        IsShared = row.GetBoolean(6),
    };

    public static StreamRecord Read(SqliteDataReader row)
    {
        var head = ReadHead(row);
        EventKind? ending = row.IsDBNull(9) ? null : (EventKind)row.GetInt32(9);
        return new StreamRecord(
            head, new StreamExtent(row.GetInt64(7), row.GetInt64(8), ending is not null), ending, row.GetInt64(10), row.GetInt64(11));
    }

    /// <summary>Reads <see cref="Columns"/>, the request, the checkpoint, the number of take-overs, and whether a stop was requested.</summary>
    public static TakenStream ReadTaken(SqliteDataReader row) => new(
        Read(row), ReadBytes(row, 12), ReadBytes(row, 13), row.GetInt32(14), row.GetBoolean(15));

    private static byte[]? ReadBytes(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
