using System.Globalization;
using Npgsql;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Reads the transaction numbers of a PostgreSQL server. It needs no privileges and works on a standby, too.</summary>
/// <remarks>
/// The end of a snapshot (<c>xmax</c>) is one above the last transaction that has <em>ended</em>: transactions with higher numbers
/// may be running. No function returns the next number, but <c>age</c> is the distance to it.
/// </remarks>
internal static class TransactionNumbers
{
    private const uint FirstNormal = 3;

    public const string Statement =
        "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text, age('3'::xid) FROM pg_current_snapshot() AS s";

    public static Horizon Read(NpgsqlDataReader reader)
    {
        var oldest = ulong.Parse(reader.GetString(0), CultureInfo.InvariantCulture);
        var ended = ulong.Parse(reader.GetString(1), CultureInfo.InvariantCulture);
        // age() counts in 32 bits that wrap around; the distance between two recent numbers is still correct.
        var distance = unchecked((uint)reader.GetInt32(2) + FirstNormal - (uint)ended);
        return new Horizon(oldest, ended + distance);
    }
}
