using System.Diagnostics;
using Npgsql;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.SourceTests.Query;

/// <summary>Every row is read exactly once, in any order of commits.</summary>
internal sealed class LateCommitTests
{
    private TestTable _table = null!;

    [SetUp]
    public async Task Create() => _table = await TestTable.CreateAsync();

    [TearDown]
    public async Task Drop() => await _table.DisposeAsync();

    [Test]
    [Category(TestCategories.Long)]
    public async Task Rows_CommittedOutOfOrderAtAThousandPerSecond_AreReadOnce()
    {
        const int seconds = 6, perSecond = 1200, writers = 4;
        await using var follower = Follower.Start(_table);

        var watch = Stopwatch.StartNew();
        var expected = await OutOfOrderWriters.WriteAsync(_table, writers, perSecond, seconds);
        var elapsed = watch.Elapsed;
        await follower.HasAsync(expected);
        // A row that is read twice would appear now.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

        var inDatabase = await _table.ReadKeysAsync();
        var read = follower.Rows;
        TestContext.Out.WriteLine($"{expected} rows in {elapsed.TotalSeconds:0.0} s; {CountOutOfOrder(read)} were read after a higher key");
        Assert.Multiple(() =>
        {
            Assert.That(inDatabase, Has.Count.EqualTo(expected));
            Assert.That(read, Is.EquivalentTo(inDatabase));
            Assert.That(CountOutOfOrder(read), Is.GreaterThan(0), "the commits must be out of order");
        });
    }

    [Test]
    public async Task LowerKey_CommittedMuchLater_IsReadAfterHigherKeys()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table);
        await _table.InsertAsync("soon");
        await follower.HasAsync(1);
        // Far longer than the window, with other transactions in between.
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
    public async Task LowerKey_OfATransactionWithAHigherNumber_IsRead()
    {
        // 'first' has the lower transaction number but the higher key. The number of 'late' is above pg_snapshot_xmax of every snapshot.
        await using var first = await _table.OpenAsync();
        await using var firstTransaction = await first.BeginTransactionAsync();
        await GetTransactionNumberAsync(first);
        await using var late = await _table.OpenAsync();
        await using var lateTransaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await TestTable.InsertAsync(first, "first");
        await using var follower = Follower.Start(_table);
        await firstTransaction.CommitAsync();
        await follower.HasAsync(1);
        // Nothing else commits, so pg_snapshot_xmax does not change.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await lateTransaction.CommitAsync();

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["first", "late"]));
    }

    [Test]
    public async Task Horizon_Next_IsAboveAllRunningTransactions()
    {
        await using var database = new PostgreSqlQueryDatabase(
            Follower.Options(_table.ConnectionString), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await using var one = await _table.OpenAsync();
        await using var oneTransaction = await one.BeginTransactionAsync();
        var oldest = await GetTransactionNumberAsync(one);
        await using var two = await _table.OpenAsync();
        await using var twoTransaction = await two.BeginTransactionAsync();
        var youngest = await GetTransactionNumberAsync(two);

        var horizon = (await database.ReadAsync(new RowQuery(0L, null, 10, []), CancellationToken.None)).Horizon;

        Assert.That((horizon.Oldest, horizon.Next), Is.EqualTo((oldest, youngest + 1)));
    }

    [Test]
    public async Task TooManyUnsettledRows_PauseTheSource_AndNoRowIsLost()
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
    public async Task LateRow_WithANotification_IsReadAtOnce_DespiteALongInterval()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table, UseNotificationsOnly);
        await WaitForListenerAsync();
        await _table.ExecuteAsync("INSERT INTO message (body) VALUES ('soon'); NOTIFY c");
        await follower.HasAsync(1);
        await transaction.CommitAsync();
        await _table.ExecuteAsync("NOTIFY c");

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["soon", "late"]));
    }

    [Test]
    public async Task LateRow_WithoutANotification_IsReadWithinTheWindow_DespiteALongInterval()
    {
        await using var late = await _table.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await TestTable.InsertAsync(late, "late");
        await using var follower = Follower.Start(_table, UseNotificationsOnly);
        await WaitForListenerAsync();
        await _table.ExecuteAsync("INSERT INTO message (body) VALUES ('soon'); NOTIFY c");
        await follower.HasAsync(1);
        await transaction.CommitAsync();

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["soon", "late"]));
    }

    [Test]
    public async Task FullTracker_ContinuesWhenRowsSettle_DespiteALongInterval()
    {
        await using var follower = Follower.Start(_table, options =>
        {
            UseNotificationsOnly(options);
            options.MaxUnsettledRows = 100;
        });
        await WaitForListenerAsync();
        await _table.ExecuteAsync("INSERT INTO message (body) SELECT g::text FROM generate_series(1, 250) g; NOTIFY c");

        Assert.That(await follower.ReadAsync(250), Is.EqualTo(Enumerable.Range(1, 250).Select(i => $"{i}")));
    }

    [Test]
    public async Task RowsDeletedInTheWindow_AreNotReadAgain_AndAreForgotten()
    {
        await using var open = await _table.OpenAsync();
        await using var transaction = await open.BeginTransactionAsync();
        await GetTransactionNumberAsync(open);
        await using var follower = Follower.Start(_table, options => options.MaxUnsettledRows = 100);
        for (var i = 0; i < 10; i++)
        {
            await _table.InsertAsync([.. Enumerable.Range(0, 50).Select(n => $"{(i * 50) + n}")]);
            await follower.HasAsync((i + 1) * 50);
            await _table.ExecuteAsync("DELETE FROM message");
        }

        Assert.That(await follower.ReadAsync(500), Is.EqualTo(Enumerable.Range(0, 500).Select(i => $"{i}")));
    }

    private static void UseNotificationsOnly(QueryOptions options) => (options.Interval, options.Channel) = (TimeSpan.FromHours(1), "c");

    private Task WaitForListenerAsync() => Eventually.Happens(async () => await _table.CountListenersAsync() == 1, "the source listens");

    private static async Task<ulong> GetTransactionNumberAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT pg_current_xact_id()::text", connection);
        return ulong.Parse((string)(await command.ExecuteScalarAsync())!, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int CountOutOfOrder(IReadOnlyList<string> rows)
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
