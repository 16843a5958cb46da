using Npgsql;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>A row of streams, as the ports speak of it.</summary>
internal static class StreamRow
{
    public const string HeadColumns = "id, source, created, idem_key, idem_digest";

    public const int HeadColumnCount = 5;

    public const string Columns = HeadColumns + ", first, last, ending, segments, characters";

    public static StreamHead ReadHead(NpgsqlDataReader row) => new(
        row.GetGuid(0).ToStreamId(), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
    {
        Idempotency = row.IsDBNull(3) ? null : new Idempotency(row.GetString(3), row.GetString(4)),
    };

    public static StreamRecord Read(NpgsqlDataReader row)
    {
        var head = ReadHead(row);
        EventKind? ending = row.IsDBNull(7) ? null : (EventKind)row.GetInt16(7);
        return new StreamRecord(
            head, new StreamExtent(row.GetInt64(5), row.GetInt64(6), ending is not null), ending, row.GetInt64(8), row.GetInt64(9));
    }
}
