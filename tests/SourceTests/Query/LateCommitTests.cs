using System.Diagnostics;
using Npgsql;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.SourceTests.Query;

/// <summary>Every row comes once, in whatever order transactions commit.</summary>
internal sealed class LateCommitTests
{
    private TestTable _table = null!;

    [SetUp]
    public async Task Create() => _table = await TestTable.CreateAsync();

    [TearDown]
    public async Task Drop() => await _table.DisposeAsync();

    [Test]
    public async Task AThousandRowsASecond_WithCommitsOutOfOrder_EachOnce()
    {
        const int seconds = 6, perSecond = 1200, writers = 4;
        await using var follower = Follower.Start(_table);

        // Each writer leaves its transactions open for a while, some of them far longer than the window, and rolls one in ten back.
        var watch = Stopwatch.StartNew();
        var written = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => WriteAsync(writer, perSecond / writers, seconds)));
        var elapsed = watch.Elapsed;
        var expected = written.Sum();
        await follower.HasAsync(expected);
        // Something that comes twice would come now.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

        var inDatabase = new List<string>();
        await using (var connection = await _table.OpenAsync())
        await using (var command = new NpgsqlCommand("SELECT id FROM message ORDER BY id", connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                inDatabase.Add(reader.GetInt64(0).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        var given = follower.Rows;
        TestContext.Out.WriteLine($"{expected} rows in {elapsed.TotalSeconds:0.0} s; {OutOfOrder(given)} came after a higher key");
        Assert.Multiple(() =>
        {
            Assert.That(inDatabase, Has.Count.EqualTo(expected));
            Assert.That(given, Is.EquivalentTo(inDatabase));
            Assert.That(OutOfOrder(given), Is.GreaterThan(0), "if all come in order this test tests nothing");
        });
    }

    [Test]
    public async Task LowerKeyThatCommitsMuchLater_Comes_AfterTheHigherOnes()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table);
        await _table.InsertAsync("soon");
        await follower.HasAsync(1);
        // Far longer than the window; and others come and go meanwhile.
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System);
            await _table.InsertAsync($"{i}");
        }
        await follower.HasAsync(11);
        await transaction.CommitAsync();

        Assert.That(await follower.ReadAsync(12), Is.EqualTo((string[])["soon", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "late"]));
    }

    [Test]
    public async Task LowerKeyOfATransactionWithTheHigherNumber_Comes()
    {
        // The trap of pg_snapshot_xmax: 'first' gets its number first, but its key last; 'late' has a number that no snapshot's end covers.
        await using var first = await _table.OpenAsync();
        await using var firstTransaction = await first.BeginTransactionAsync();
        await NumberAsync(first);
        await using var late = await _table.OpenAsync();
        await using var lateTransaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await TestTable.InsertAsync(first, "first");
        await using var follower = Follower.Start(_table);
        await firstTransaction.CommitAsync();
        await follower.HasAsync(1);
        // Nothing else commits, so the end of every snapshot stays where it is.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await lateTransaction.CommitAsync();

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["first", "late"]));
    }

    [Test]
    public async Task NextNumber_IsAboveAllThatAreAtWork()
    {
        await using var database = new PostgreSqlQueryDatabase(
            Follower.Options(_table.ConnectionString), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await using var one = await _table.OpenAsync();
        await using var oneTransaction = await one.BeginTransactionAsync();
        var oldest = await NumberAsync(one);
        await using var two = await _table.OpenAsync();
        await using var twoTransaction = await two.BeginTransactionAsync();
        var youngest = await NumberAsync(two);

        var horizon = (await database.ReadAsync(new RowQuery(0L, null, 10, []), CancellationToken.None)).Horizon;

        Assert.That((horizon.Oldest, horizon.Next), Is.EqualTo((oldest, youngest + 1)));
    }

    [Test]
    public async Task TooManyUnsettledRows_AreWaitedFor_AndThenComeWhole()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table, options => options.MaxUnsettledRows = 100);
        await _table.InsertAsync([.. Enumerable.Range(0, 500).Select(i => $"{i}")]);
        await follower.HasAsync(100);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        Assert.That(follower.Rows, Has.Count.EqualTo(100), "it waits for the open transaction");

        await transaction.CommitAsync();

        Assert.That(await follower.ReadAsync(501), Is.EquivalentTo((string[])["late", .. Enumerable.Range(0, 500).Select(i => $"{i}")]));
    }

    [Test]
    public async Task LateRowThatIsNotified_ComesAtOnce_HoweverLongTheInterval()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table, SlowButNotified);
        await ListeningAsync();
        await _table.ExecuteAsync("INSERT INTO message (body) VALUES ('soon'); NOTIFY c");
        await follower.HasAsync(1);
        await transaction.CommitAsync();
        await _table.ExecuteAsync("NOTIFY c");

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["soon", "late"]));
    }

    [Test]
    public async Task LateRowThatNobodyNotifies_ComesWithinAboutTheWindow_HoweverLongTheInterval()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table, SlowButNotified);
        await ListeningAsync();
        await _table.ExecuteAsync("INSERT INTO message (body) VALUES ('soon'); NOTIFY c");
        await follower.HasAsync(1);
        await transaction.CommitAsync();

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["soon", "late"]));
    }

    [Test]
    public async Task FullWindow_GoesOn_HoweverLongTheInterval()
    {
        await using var follower = Follower.Start(_table, options =>
        {
            SlowButNotified(options);
            options.MaxUnsettledRows = 100;
        });
        await ListeningAsync();
        await _table.ExecuteAsync("INSERT INTO message (body) SELECT g::text FROM generate_series(1, 250) g; NOTIFY c");

        Assert.That(await follower.ReadAsync(250), Is.EqualTo(Enumerable.Range(1, 250).Select(i => $"{i}")));
    }

    [Test]
    public async Task RowsDeletedInTheWindow_DontComeAgain_AndAreForgotten()
    {
        await using var open = await _table.OpenAsync();
        await using var transaction = await open.BeginTransactionAsync();
        await NumberAsync(open);
        await using var follower = Follower.Start(_table, options => options.MaxUnsettledRows = 100);
        for (var i = 0; i < 10; i++)
        {
            await _table.InsertAsync([.. Enumerable.Range(0, 50).Select(n => $"{(i * 50) + n}")]);
            await follower.HasAsync((i + 1) * 50);
            await _table.ExecuteAsync("DELETE FROM message");
        }

        Assert.That(await follower.ReadAsync(500), Is.EqualTo(Enumerable.Range(0, 500).Select(i => $"{i}")));
    }

    private static void SlowButNotified(QueryOptions options) => (options.Interval, options.Channel) = (TimeSpan.FromHours(1), "c");

    private Task ListeningAsync() => Eventually.Happens(async () => await _table.ListenersAsync() == 1, "it listens");

    private static async Task<ulong> NumberAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT pg_current_xact_id()::text", connection);
        return ulong.Parse((string)(await command.ExecuteScalarAsync())!, System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<int> WriteAsync(int writer, int perSecond, int seconds)
    {
        var random = new Random(writer);
        var written = 0;
        var watch = Stopwatch.StartNew();
        await using var connection = await _table.OpenAsync();
        // The text is the key, so that a row shows which it is.
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
            // The first writer sleeps on some of its transactions.
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

    private static int OutOfOrder(IReadOnlyList<string> rows)
    {
        var (highest, count) = (0L, 0);
        foreach (var row in rows)
        {
            var key = long.Parse(row, System.Globalization.CultureInfo.InvariantCulture);
            count += key < highest ? 1 : 0;
            highest = Math.Max(highest, key);
        }
        return count;
    }
}
