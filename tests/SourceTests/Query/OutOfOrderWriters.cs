using System.Diagnostics;
using Npgsql;

namespace SseStreaming.SourceTests.Query;

/// <summary>
/// Concurrent writers whose transactions commit in another order than they draw keys. Some stay open far longer than the window, and one in
/// ten is rolled back.
/// </summary>
internal static class OutOfOrderWriters
{
    /// <returns>The number of committed rows.</returns>
    public static async Task<int> WriteAsync(TestTable table, int writers, int perSecond, int seconds) =>
        (await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => WriteRowsAsync(table, writer, perSecond / writers, seconds)))).Sum();

    private static async Task<int> WriteRowsAsync(TestTable table, int writer, int perSecond, int seconds)
    {
        var random = new Random(writer);
        var written = 0;
        var watch = Stopwatch.StartNew();
        await using var connection = await table.OpenAsync();
        // The text is the key, which identifies the row in the stream.
        await using var command = new NpgsqlCommand("""
            WITH k AS (SELECT nextval('message_id_seq') AS id FROM generate_series(1, $1))
            INSERT INTO message (id, body) OVERRIDING SYSTEM VALUE SELECT id, id::text FROM k
            """, connection);
        var size = new NpgsqlParameter<int>();
        command.Parameters.Add(size);
        for (var total = 0; total < perSecond * seconds;)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            var rows = 0;
            for (var statements = random.Next(1, 4); statements > 0 && total < perSecond * seconds; statements--)
            {
                size.TypedValue = Math.Min(random.Next(1, 60), (perSecond * seconds) - total);
                rows += size.TypedValue;
                total += size.TypedValue;
                await command.ExecuteNonQueryAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 20)), TimeProvider.System);
            }
            // The first writer keeps some of its transactions open for longer.
            if (writer == 0 && random.Next(4) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(900), TimeProvider.System);
            if (random.Next(10) == 0)
            {
                await transaction.RollbackAsync();
            }
            else
            {
                await transaction.CommitAsync();
                written += rows;
            }
            var ahead = TimeSpan.FromSeconds((double)total / perSecond) - watch.Elapsed;
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead, TimeProvider.System);
        }
        return written;
    }
}
