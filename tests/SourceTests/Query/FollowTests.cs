using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query;
using SseStreaming.Infrastructure.Generators.Query.Databases;

namespace SseStreaming.SourceTests.Query;

/// <summary>The generator reads the rows of a real PostgreSQL as they appear.</summary>
internal sealed class FollowTests
{
    private TestTable _table = null!;

    [SetUp]
    public async Task Create() => _table = await TestTable.CreateAsync();

    [TearDown]
    public async Task Drop() => await _table.DisposeAsync();

    [Test]
    public async Task Rows_ExistingAndNew_AreRead()
    {
        await _table.InsertAsync("one", "zwei „2“\n", "");
        await using var follower = Follower.Start(_table, options => options.Separator = "|");
        await follower.HasAsync(3);

        await _table.InsertAsync("four");

        Assert.That(await follower.ReadAsync(4), Is.EqualTo((string[])["one|", "zwei „2“\n|", "|", "four|"]));
    }

    [Test]
    public async Task Text_ThatIsNullIsEmpty_AndOtherTypesAreConverted()
    {
        await _table.ExecuteAsync("INSERT INTO message (body) VALUES (NULL)");
        await using var follower = Follower.Start(_table, options =>
        {
            options.Sql = "SELECT id::int, CASE WHEN body IS NULL THEN 7.50 END FROM message WHERE id > @after";
            options.Separator = ";";
        });

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["7.50;"]));
    }

    [Test]
    public async Task ManyRows_AreReadInTheOrderOfTheirKeys_WhateverTheStatementsOrder()
    {
        await _table.ExecuteAsync("INSERT INTO message (body) SELECT g::text FROM generate_series(1, 20000) g");
        await using var follower = Follower.Start(_table, options => options.Sql = $"{TestTable.Sql} ORDER BY id DESC; ");

        Assert.That(await follower.ReadAsync(20_000), Is.EqualTo(Enumerable.Range(1, 20_000).Select(i => $"{i}")));
    }

    [Test]
    public async Task StatementWithALimit_LosesAndRepeatsNoRows()
    {
        await using var follower = Follower.Start(_table, options => options.Sql = $"{TestTable.Sql} ORDER BY id LIMIT 10");
        await _table.ExecuteAsync("INSERT INTO message (body) SELECT g::text FROM generate_series(1, 300) g");

        await follower.HasAsync(300);
        await _table.InsertAsync("301");

        Assert.That(await follower.ReadAsync(301), Is.EqualTo(Enumerable.Range(1, 301).Select(i => $"{i}")));
    }

    [Test]
    public async Task TextKeys_AreReadInTheOrderOfTheDatabase()
    {
        await using var follower = Follower.Start(_table, options =>
        {
            options.KeyType = QueryKeyType.Text;
            options.Sql = "SELECT 'key-' || to_char(id, 'FM00000'), body FROM message WHERE 'key-' || to_char(id, 'FM00000') > @after";
        });
        await _table.InsertAsync([.. Enumerable.Range(1, 1200).Select(i => $"{i}")]);

        Assert.That(await follower.ReadAsync(1200), Is.EqualTo(Enumerable.Range(1, 1200).Select(i => $"{i}")));
    }

    [TestCase("2", null)]
    [TestCase(null, "SELECT max(id) - 1 FROM message")]
    public async Task Generate_WithAFirstKey_StartsAfterIt(string? after, string? afterSql)
    {
        await _table.InsertAsync("1", "2", "3");
        await using var follower = Follower.Start(_table, options => (options.After, options.AfterSql) = (after, afterSql));
        await follower.HasAsync(1);
        await _table.InsertAsync("4");

        Assert.That(await follower.ReadAsync(2), Is.EqualTo((string[])["3", "4"]));
    }

    [Test]
    public async Task AfterSql_ThatReturnsNull_StartsAtTheFirstRow()
    {
        await using var follower = Follower.Start(_table, options => options.AfterSql = "SELECT max(id) FROM message");
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        await _table.InsertAsync("1");

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["1"]));
    }

    [Test]
    public async Task MaxDuration_EndsTheGenerationWithItsOwnReason()
    {
        await _table.InsertAsync("1");
        await using var follower = Follower.Start(_table, options => options.MaxDuration = TimeSpan.FromMilliseconds(300));

        await follower.EndAsync();

        Assert.That((follower.Rows, follower.Finish?.Reason), Is.EqualTo(((string[])["1"], "duration")));
    }

    [Test]
    public async Task Notification_EndsTheWait()
    {
        await using var follower = Follower.Start(_table, options =>
        {
            options.Interval = TimeSpan.FromHours(1);
            options.Channel = "New \"messages\"";
        });
        await Eventually.Happens(async () => await _table.CountListenersAsync() == 1, "the source listens");
        await _table.ExecuteAsync("BEGIN; INSERT INTO message (body) VALUES ('notified'); NOTIFY \"New \"\"messages\"\"\"; COMMIT");

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["notified"]));
    }

    [Test]
    public async Task ListeningConnection_IsShared_Reconnects_AndClosesWithTheLastSubscription()
    {
        var options = Follower.Options(_table.ConnectionString);
        (options.Interval, options.Channel) = (TimeSpan.FromHours(1), "c");
        var database = new PostgreSqlQueryDatabase(options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await using var owner = database;
        var first = database.Signal!.Subscribe();
        var second = database.Signal.Subscribe();
        await Eventually.Happens(async () => await _table.CountListenersAsync() == 1, "one connection listens");

        var notified = database.Signal.Next;
        await _table.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()");
        // Notifications may have been missed, so there is one when the source listens again.
        await notified.WaitAsync(Eventually.Limit);
        notified = database.Signal.Next;
        await _table.ExecuteAsync("NOTIFY c");
        await notified.WaitAsync(Eventually.Limit);

        await first.DisposeAsync();
        Assert.That(await _table.CountListenersAsync(), Is.EqualTo(1));
        await second.DisposeAsync();
        await Eventually.Happens(async () => await _table.CountListenersAsync() == 0, "no connection listens");
    }

    [Test]
    public async Task TwoGenerations_WithDifferentParameters_ReadDifferentRows()
    {
        Dictionary<string, OptionValue> Room(string name) => new() { ["room"] = new(name, OptionForm.Query) };
        void WithRoom(QueryOptions options)
        {
            options.Sql = $"{TestTable.Sql} AND room = @room";
            options.Parameters["room"] = new QueryParameterOptions { Required = true };
        }
        await using var a = Follower.Start(_table, WithRoom, Room("a"));
        await using var b = Follower.Start(_table, WithRoom, Room("b"));

        await _table.ExecuteAsync("INSERT INTO message (room, body) VALUES ('a', '1'), ('b', '2'), ('a', '3')");

        Assert.That(await a.ReadAsync(2), Is.EqualTo((string[])["1", "3"]));
        Assert.That(await b.ReadAsync(1), Is.EqualTo((string[])["2"]));
    }

    [Test]
    public async Task Probe_OfAnAvailableDatabase_ReturnsNull()
    {
        await using var follower = Follower.Start(_table);

        Assert.That(await follower.Generator.ProbeAsync(CancellationToken.None), Is.Null);
    }
}
