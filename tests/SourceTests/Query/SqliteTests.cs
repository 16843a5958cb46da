using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Query;

namespace SseStreaming.SourceTests.Query;

/// <summary>The generator with SQLite, and a writer on another connection.</summary>
internal sealed class SqliteTests
{
    private string _folder = null!;

    private string ConnectionString => $"Data Source={Path.Combine(_folder, "rows.db")}";

    [SetUp]
    public void Create()
    {
        _folder = Directory.CreateTempSubdirectory("rows").FullName;
        Execute("PRAGMA journal_mode = WAL; CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT DEFAULT 'a', body TEXT)");
    }

    [TearDown]
    public void Drop()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Rows_OfABusyWriter_AreReadOnce_InTheOrderOfTheirKeys()
    {
        await using var follower = Follower.Start(Options());
        using (var connection = new SqliteConnection(ConnectionString))
        {
            connection.Open();
            using var command = new SqliteCommand("INSERT INTO message (body) VALUES (@body)", connection);
            var body = command.Parameters.Add("@body", SqliteType.Text);
            for (var i = 1; i <= 2000;)
            {
                using var transaction = connection.BeginTransaction();
                command.Transaction = transaction;
                for (var rows = 0; rows < 37 && i <= 2000; rows++, i++)
                {
                    body.Value = $"{i}";
                    command.ExecuteNonQuery();
                }
                transaction.Commit();
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }

        Assert.That(await follower.ReadAsync(2000), Is.EqualTo(Enumerable.Range(1, 2000).Select(i => $"{i}")));
    }

    [Test]
    public async Task LowerKey_InsertedWithinTheWindow_IsRead()
    {
        Execute("INSERT INTO message (id, body) VALUES (1, '1'), (3, '3')");
        await using var follower = Follower.Start(Options(), options => options.LateWindow = TimeSpan.FromMinutes(1));
        await follower.HasAsync(2);
        Execute("INSERT INTO message (id, body) VALUES (2, '2')");

        Assert.That(await follower.ReadAsync(3), Is.EqualTo((string[])["1", "3", "2"]));
    }

    [TestCase("a'; DROP TABLE message; --")]
    [TestCase("' OR 1=1 --")]
    [TestCase("@after")]
    public async Task Options_AreBound(string attempt)
    {
        Execute("INSERT INTO message (body) VALUES ('not for you')");
        await using var follower = Follower.Start(
            Options(),
            options =>
            {
                options.Sql = "SELECT id, body FROM message WHERE id > @after AND room = @room";
                options.Parameters["room"] = new QueryParameterOptions();
            },
            new() { ["room"] = new OptionValue(attempt, OptionForm.Query) });
        using (var connection = new SqliteConnection(ConnectionString))
        {
            connection.Open();
            using var command = new SqliteCommand("INSERT INTO message (room, body) VALUES (@room, 'mine')", connection);
            command.Parameters.AddWithValue("@room", attempt);
            command.ExecuteNonQuery();
        }

        Assert.That(await follower.ReadAsync(1), Is.EqualTo((string[])["mine"]));
    }

    [TestCase("SELECT 'x', body FROM message WHERE id > @after", ProblemTypes.UpstreamGarbled)]
    [TestCase("SELECT id, body FROM nowhere WHERE id > @after", ProblemTypes.UpstreamError)]
    [TestCase("SELECT id, body FROM message WHERE id >= @after", ProblemTypes.UpstreamGarbled)]
    public async Task UnsuitableStatement_Fails(string sql, string type)
    {
        Execute("INSERT INTO message (body) VALUES ('1')");
        await using var follower = Follower.Start(Options(), options => options.Sql = sql);

        await follower.EndAsync();

        Assert.That(follower.Fault?.ProblemType, Is.EqualTo(type));
    }

    [Test]
    public async Task MissingFile_IsWaitedFor_AndNotCreated()
    {
        var path = Path.Combine(_folder, "none.db");
        await using var follower = Follower.Start(
            Follower.Options($"Data Source={path}", QueryProvider.Sqlite), options => options.OutagePatience = TimeSpan.FromMilliseconds(300));

        await follower.EndAsync();

        Assert.That((follower.Fault?.ProblemType, File.Exists(path)), Is.EqualTo((ProblemTypes.UpstreamRefused, false)));
        Assert.That(await follower.Generator.ProbeAsync(CancellationToken.None), Does.Contain("can't be used"));
    }

    [TestCase("SELECT id, body FROM nowhere WHERE id > @after AND room = @room", "can't be used (SQLite 1)")]
    [TestCase("SELECT id, body FROM message WHERE id > @after AND room = @room", null)]
    public async Task Probe_ExecutesTheStatement(string sql, string? fault)
    {
        var options = Options();
        options.Sql = sql;
        options.Parameters["room"] = new QueryParameterOptions { Required = true };
        await using var generator = new QueryGenerator("rows", options, TimeProvider.System, NullLogger<QueryGenerator>.Instance);

        var answer = await generator.ProbeAsync(CancellationToken.None);

        Assert.That(answer, fault is null ? Is.Null : Does.EndWith(fault));
    }

    [Test]
    public async Task TextKeys_ThatRepeat_Fail()
    {
        Execute("INSERT INTO message (room, body) VALUES ('a', '1')");
        await using var follower = Follower.Start(Options(), options =>
        {
            options.KeyType = QueryKeyType.Text;
            options.Sql = "SELECT room, body FROM message WHERE room >= @after";
        });

        await follower.EndAsync();

        Assert.That(follower.Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamGarbled));
    }

    [Test]
    public async Task Stop_CancelsARunningRead()
    {
        const string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i), 'x' FROM n WHERE i > @after";
        var follower = Follower.Start(Options(), options => options.Sql = endless);
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);

        await follower.DisposeAsync().AsTask().WaitAsync(Eventually.Limit);
    }

    private QueryOptions Options() => Follower.Options(ConnectionString, QueryProvider.Sqlite);

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
