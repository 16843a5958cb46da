using System.Globalization;
using Npgsql;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Which transactions write to a PostgreSQL server, as any user may know it, also of a standby.</summary>
/// <remarks>
/// The end of a snapshot (<c>xmax</c>) is one above the last number whose transaction has <em>ended</em>: a higher one may be at
/// work. The next number to be given out has no function of its own; <c>age</c> counts up to it.
/// </remarks>
internal static class TransactionNumbers
{
    private const uint First = 3;

    public const string Statement =
        "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text, age('3'::xid) FROM pg_current_snapshot() AS s";

    public static Horizon Read(NpgsqlDataReader reader)
    {
        var oldest = ulong.Parse(reader.GetString(0), CultureInfo.InvariantCulture);
        var ended = ulong.Parse(reader.GetString(1), CultureInfo.InvariantCulture);
        // Counted in 32 bits, which go round: the distance to a number nearby is right all the same.
        var distance = unchecked((uint)reader.GetInt32(2) + First - (uint)ended);
        return new Horizon(oldest, ended + distance);
    }
}
