using Microsoft.Data.Sqlite;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Reading;

/// <summary>Maps rows of the table <c>streams</c>.</summary>
internal static class SqliteStreamRow
{
    private const string Facts = "id, source, created, idempotency_key, idempotency_digest, subject, shared, thread";

    private const string Properties = "(select p.data from properties as p where p.stream = streams.key)";

    private const string State = "first, last, ending, segments, characters";

    public const string HeadColumns = Facts + ", " + Properties;

    public const string Columns = HeadColumns + ", " + State;

    /// <summary><see cref="Columns"/> without properties, which may be large.</summary>
    public const string ListColumns = Facts + ", null, " + State;

    public static StreamHead ReadHead(SqliteDataReader row) => new(
        StreamId.FromBytes(row.GetFieldValue<byte[]>(0)), row.GetString(1), new DateTimeOffset(row.GetInt64(2), TimeSpan.Zero))
    {
        Idempotency = row.IsDBNull(3) ? null : new Idempotency(row.GetString(3), row.GetString(4)),
        Owner = row.IsDBNull(5) ? null : row.GetString(5),
        IsShared = row.GetBoolean(6),
        Thread = row.IsDBNull(7) ? null : row.GetString(7),
        Properties = row.IsDBNull(8) ? null : row.GetString(8),
    };

    public static StreamRecord Read(SqliteDataReader row)
    {
        var head = ReadHead(row);
        EventKind? ending = row.IsDBNull(11) ? null : (EventKind)row.GetInt32(11);
        return new StreamRecord(
            head, new StreamExtent(row.GetInt64(9), row.GetInt64(10), ending is not null), ending, row.GetInt64(12), row.GetInt64(13));
    }

    /// <summary>Reads <see cref="Columns"/>, the request, the checkpoint, the number of take-overs, and whether a stop was requested.</summary>
    public static TakenStream ReadTaken(SqliteDataReader row) => new(
        Read(row), ReadBytes(row, 14), ReadBytes(row, 15), row.GetInt32(16), row.GetBoolean(17));

    private static byte[]? ReadBytes(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
