using Npgsql;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

/// <summary>Maps rows of the table <c>streams</c>.</summary>
internal static class PostgreSqlStreamRow
{
    public const string HeadColumns = "id, source, created, idem_key, idem_digest, subject, shared";

    public const int HeadColumnCount = 7;

    public const string Columns = HeadColumns + ", first, last, ending, segments, characters";

    public static StreamHead ReadHead(NpgsqlDataReader row) => new(
        row.GetGuid(0).ToStreamId(), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
    {
        Idempotency = row.IsDBNull(3) ? null : new Idempotency(row.GetString(3), row.GetString(4)),
        Owner = row.IsDBNull(5) ? null : row.GetString(5),
        IsShared = row.GetBoolean(6),
    };

    public static StreamRecord Read(NpgsqlDataReader row)
    {
        var head = ReadHead(row);
        EventKind? ending = row.IsDBNull(9) ? null : (EventKind)row.GetInt16(9);
        return new StreamRecord(
            head, new StreamExtent(row.GetInt64(7), row.GetInt64(8), ending is not null), ending, row.GetInt64(10), row.GetInt64(11));
    }

    /// <summary>Reads <see cref="Columns"/>, the request, the checkpoint, the number of take-overs, and whether a stop was requested.</summary>
    public static TakenStream ReadTaken(NpgsqlDataReader row) => new(
        Read(row), ReadBytes(row, 12), ReadBytes(row, 13), row.GetInt16(14), row.GetBoolean(15));

    private static byte[]? ReadBytes(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
