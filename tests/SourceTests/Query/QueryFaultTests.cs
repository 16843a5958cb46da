using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using SseStreaming.Application.Contracts;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.SourceTests.Query;

/// <summary>The generator waits for an unavailable database, and fails if the database refuses the statement.</summary>
internal sealed class QueryFaultTests
{
    private const string Secret = "s3cret";

    [Test]
    [Category(TestCategories.Long)]
    public async Task RestartOfTheServer_LosesNoRows()
    {
        // The test stops the server, so it needs its own.
        await using var server = await PostgreSqlServer.RequireAsync();
        if (!server.IsOwn)
            Assert.Ignore("The tests can't stop this server.");
        await PostgreSqlServer.ExecuteAsync(server.ConnectionString, "CREATE TABLE message (id bigint PRIMARY KEY, body text)");
        await using var follower = Follower.Start(Follower.Options(server.ConnectionString), options => options.Channel = "c");
        await InsertAsync(server, 1, 100);
        await follower.HasAsync(100);

        await server.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await server.StartAsync();
        await InsertAsync(server, 101, 200);
        await follower.HasAsync(200);
        await server.KillAsync();
        await server.StartAsync();
        await InsertAsync(server, 201, 300);

        Assert.That(await follower.ReadAsync(300), Is.EqualTo(Enumerable.Range(1, 300).Select(i => $"{i}")));
    }

    [Test]
    public async Task UnavailableForTooLong_Fails()
    {
        await using var follower = Follower.Start(
            Follower.Options($"Host=127.0.0.1;Port=1;Username=u;Password={Secret}"), options => options.OutagePatience = TimeSpan.FromMilliseconds(500));

        await follower.EndAsync();

        Expect(follower, ProblemTypes.UpstreamRefused);
        Assert.That(await follower.Generator.ProbeAsync(CancellationToken.None), Does.Contain("can't be used").And.Not.Contain(Secret));
    }

    [Test]
    public async Task WrongPassword_FailsAsUnauthorized()
    {
        var server = await PostgreSqlFixture.ServerAsync();
        var unknownUser = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "stranger", Password = Secret }.ConnectionString;
        await using var follower = Follower.Start(Follower.Options(unknownUser));

        await follower.EndAsync();

        Expect(follower, ProblemTypes.UpstreamUnauthorized);
    }

    [TestCase("SELECT id, body FROM s3cret WHERE id > @after", ProblemTypes.UpstreamError)]
    [TestCase("SELECT id, body FROM message WHERE id > @after AND s3cret", ProblemTypes.UpstreamError)]
    [TestCase("SELECT 's3cret', body FROM message WHERE id > @after", ProblemTypes.UpstreamError)]
    [TestCase("SELECT NULL::bigint, body FROM message WHERE id > @after", ProblemTypes.UpstreamGarbled)]
    [TestCase("SELECT id FROM message WHERE id > @after", ProblemTypes.UpstreamError)]
    [TestCase("SELECT id, body FROM message WHERE id >= @after", ProblemTypes.UpstreamGarbled)]
    [TestCase("SELECT id - 100, body FROM message WHERE id > @after", ProblemTypes.UpstreamGarbled)]
    [TestCase("SELECT id, body FROM message, generate_series(1, 2) WHERE id > @after", ProblemTypes.UpstreamGarbled)]
    [TestCase("DELETE FROM message WHERE id > @after RETURNING id, body", ProblemTypes.UpstreamError)]
    [TestCase("SELECT id, set_config('default_transaction_read_only', 'off', false) FROM message WHERE id > @after AND nextval('message_id_seq') > 0", ProblemTypes.UpstreamError)]
    public async Task UnsuitableStatement_Fails_AndChangesNoData(string sql, string type)
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("row");
        await using var follower = Follower.Start(table, options => options.Sql = sql);

        await follower.EndAsync();

        Expect(follower, type);
        Assert.That(await table.ExecuteAsync("SELECT count(*) FROM message"), Is.EqualTo(1));
    }

    [TestCase("SELECT id, body FROM nowhere WHERE id > @after AND room = @room", "can't be used (SQLSTATE 42P01)")]
    [TestCase("SELECT id, pg_sleep(600)::text FROM message WHERE id > @after AND room = @room", null)]
    public async Task Probe_ExecutesTheStatement_WithoutReadingRows(string sql, string? fault)
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("row");
        var options = Follower.Options(table.ConnectionString);
        options.Sql = sql;
        options.Parameters["room"] = new QueryParameterOptions { Required = true };
        await using var generator = new QueryGenerator("rows", options, TimeProvider.System, NullLogger<QueryGenerator>.Instance);

        var answer = await generator.ProbeAsync(CancellationToken.None);

        Assert.That(answer, fault is null ? Is.Null : Does.EndWith(fault));
    }

    [Test]
    public async Task Read_LongerThanItsTimeout_IsCancelled()
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("row");
        await using var follower = Follower.Start(table, options =>
        {
            options.Sql = "SELECT id, pg_sleep(600)::text FROM message WHERE id > @after";
            (options.ReadTimeout, options.OutagePatience) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(100));
        });

        await follower.EndAsync();

        Expect(follower, ProblemTypes.UpstreamTimeout);
        await Eventually.Happens(async () => (long)(await table.ExecuteAsync(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"))! == 0, "the statement ends");
    }

    [Test]
    public async Task Stop_CancelsARunningRead()
    {
        await using var table = await TestTable.CreateAsync();
        await table.InsertAsync("row");
        await using (Follower.Start(table, options => options.Sql = "SELECT id, pg_sleep(600)::text FROM message WHERE id > @after"))
            await Eventually.Happens(async () => await CountSleepersAsync(table) == 1, "the statement runs");

        await Eventually.Happens(async () => await CountSleepersAsync(table) == 0, "the statement ends");
    }

    private static async Task<long> CountSleepersAsync(TestTable table) => (long)(await table.ExecuteAsync(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND datname = current_database() AND pid <> pg_backend_pid()"))!;

    private static void Expect(Follower follower, string type) => Assert.Multiple(() =>
    {
        Assert.That(follower.Fault?.ProblemType, Is.EqualTo(type));
        Assert.That(follower.Fault?.ToString(), Does.Not.Contain(Secret));
        Assert.That(follower.Fault?.Detail, Does.Not.Contain(Secret));
    });

    private static Task<object?> InsertAsync(PostgreSqlServer server, int from, int to) => PostgreSqlServer.ExecuteAsync(
        server.ConnectionString, $"INSERT INTO message SELECT g, g::text FROM generate_series({from}, {to}) g");
}
