using Npgsql;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

/// <summary>Maps rows of the table <c>streams</c>.</summary>
internal static class PostgreSqlStreamRow
{
    private const string Facts = "id, source, created, idem_key, idem_digest, subject, shared, thread, expires, time_to_live";

    private const string Properties = "(select p.data from sse_streaming.properties as p where p.stream_id = id)";

    private const string State = "first, last, ending, segments, characters";

    public const string HeadColumns = Facts + ", " + Properties;

    public const int HeadColumnCount = 11;

    public const string Columns = HeadColumns + ", " + State;

    /// <summary>The number of columns that <see cref="ReadTaken"/> reads.</summary>
    public const int TakenColumnCount = 20;

    /// <summary><see cref="Columns"/> without properties, which may be large.</summary>
    public const string ListColumns = Facts + ", null, " + State;

    public static StreamHead ReadHead(NpgsqlDataReader row) => new(
        row.GetGuid(0).ToStreamId(), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
    {
        Idempotency = row.IsDBNull(3) ? null : new Idempotency(row.GetString(3), row.GetString(4)),
        Owner = row.IsDBNull(5) ? null : row.GetString(5),
        IsShared = row.GetBoolean(6),
        Thread = row.IsDBNull(7) ? null : row.GetString(7),
        Expires = row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
        TimeToLive = row.IsDBNull(9) ? null : row.GetTimeSpan(9),
        Properties = row.IsDBNull(10) ? null : row.GetString(10),
    };

    public static StreamRecord Read(NpgsqlDataReader row)
    {
        var head = ReadHead(row);
        EventKind? ending = row.IsDBNull(13) ? null : (EventKind)row.GetInt16(13);
        return new StreamRecord(
            head, new StreamExtent(row.GetInt64(11), row.GetInt64(12), ending is not null), ending, row.GetInt64(14), row.GetInt64(15));
    }

    /// <summary>Reads <see cref="Columns"/>, the request, the checkpoint, the number of take-overs, and whether a stop was requested.</summary>
    public static TakenStream ReadTaken(NpgsqlDataReader row) => new(
        Read(row), ReadBytes(row, 16), ReadBytes(row, 17), row.GetInt16(18), row.GetBoolean(19));

    private static byte[]? ReadBytes(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
