using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SseStreaming.Domain;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Server;

/// <summary>Equal requests share one generation, whose stream has no end but a limited size.</summary>
internal sealed class SharedStreamTests
{
    private string _folder = null!;
    private string _connectionString = null!;

    [SetUp]
    public void Create()
    {
        _folder = Directory.CreateTempSubdirectory("rows").FullName;
        _connectionString = $"Data Source={Path.Combine(_folder, "rows.db")}";
        Execute("PRAGMA journal_mode = WAL; CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT DEFAULT 'a', body TEXT)");
    }

    [TearDown]
    public void Drop()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task EqualRequests_JoinOneStream_AndReceiveAllOfIt()
    {
        await using var server = Start();
        Execute("INSERT INTO message (body) VALUES ('1')");
        await using var first = await SseViewer.OpenAsync(server, "/sse?room=a");
        var streamId = Ask.IdOf(await first.ExpectAsync()).StreamId;
        Assert.That((await first.ExpectAsync()).Data, Is.EqualTo("1\n"));

        // An option's default equals the same value in a request.
        var others = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => SseViewer.OpenAsync(server, i % 2 == 0 ? "/sse" : "/sse?room=a")));
        Execute("INSERT INTO message (body) VALUES ('2')");

        foreach (var viewer in others)
        {
            Assert.That(Ask.IdOf(await viewer.ExpectAsync()), Is.EqualTo(new EventId(streamId, 1)));
            Assert.That((await viewer.ExpectAsync()).Data + (await viewer.ExpectAsync()).Data, Is.EqualTo("1\n2\n"));
            await viewer.DisposeAsync();
        }
        Assert.That(server.Generations, Is.EqualTo(1));
    }

    [Test]
    public async Task ConcurrentRequests_StartOneGeneration()
    {
        await using var server = Start();

        var viewers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SseViewer.OpenAsync(server, "/sse")));
        var ids = new HashSet<StreamId>();
        foreach (var viewer in viewers)
            ids.Add(Ask.IdOf(await viewer.ExpectAsync()).StreamId);

        Assert.That((ids.Count, server.Generations), Is.EqualTo((1, 1)));
        foreach (var viewer in viewers)
            await viewer.DisposeAsync();
    }

    [Test]
    public async Task OtherOptions_StartAnotherStream()
    {
        await using var server = Start();
        await using var a = await SseViewer.OpenAsync(server, "/sse?room=a");
        await using var b = await SseViewer.OpenAsync(server, "/sse?room=b");

        Assert.That(Ask.IdOf(await a.ExpectAsync()).StreamId, Is.Not.EqualTo(Ask.IdOf(await b.ExpectAsync()).StreamId));
    }

    [Test]
    public async Task StartWithoutReading_JoinsTheStream()
    {
        await using var server = Start();
        using var created = await server.Client.SendAsync(Ask.Post("/streams", """{"room":"a"}"""));
        using var joined = await server.Client.SendAsync(Ask.Post("/streams", "{}"));

        Assert.That((created.StatusCode, joined.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.OK)));
        Assert.That(await IdAsync(joined), Is.EqualTo(await IdAsync(created)));
    }

    [Test]
    public async Task RequestAfterAStop_StartsANewStream()
    {
        await using var server = Start();
        await using var viewer = await SseViewer.OpenAsync(server, "/sse");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        using var stopped = await server.Client.DeleteAsync(new Uri($"/streams/{streamId}", UriKind.Relative));

        await using var next = await SseViewer.OpenAsync(server, "/sse");

        Assert.That(Ask.IdOf(await next.ExpectAsync()).StreamId, Is.Not.EqualTo(streamId));
    }

    [Test]
    public async Task GraceThatEndsWhileAViewerJoins_NeverEndsItsStream()
    {
        // Without a grace period, each viewer joins while the departure of the last one ends the generation.
        await using var server = Start(("Streams:Grace", "00:00:00"));
        for (var i = 0; i < 50; i++)
        {
            await using var viewer = await SseViewer.OpenAsync(server, "/sse");
            Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));
            Execute($"INSERT INTO message (body) VALUES ('{i}')");
            for (var seen = -1; seen < i; seen++)
            {
                var next = await viewer.ExpectAsync();
                Assert.That(Ask.IsTerminal(next), Is.False, next.Data);
            }
        }
        await Eventually.Happens(() => server.Generations == 0, "the last generation ends");
    }

    [Test]
    public async Task OldEvents_AreDeleted_AndTheirPositionsExpire([Values("Memory", "Sqlite")] string store)
    {
        await using var server = Start(("Sources:Query:rows:KeepEvents", "1000"), ("Store", store), ("DataFolder", _folder));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse");
        var started = await viewer.ExpectAsync();
        var streamId = Ask.IdOf(started).StreamId;
        await AddAsync(server, streamId, 1, 5000);

        using var resumed = await server.Client.SendAsync(Ask.Get("/sse", started.EventId));
        Assert.That(resumed.StatusCode, Is.EqualTo(HttpStatusCode.Gone));

        // A new viewer receives the kept events without a gap, and then the new ones.
        await using var late = await SseViewer.OpenAsync(server, "/sse");
        var first = await late.ExpectAsync();
        var from = Ask.IdOf(first).Sequence;
        Assert.That(from, Is.InRange(2, 4002), "at least 1,000 of 5,001 events are kept, but not all");
        await AddAsync(server, streamId, 5001, 5001);
        var text = new StringBuilder(first.Data);
        for (var sequence = from + 1; sequence <= 5002; sequence++)
        {
            var item = await late.ExpectAsync();
            Assert.That(Ask.IdOf(item), Is.EqualTo(new EventId(streamId, sequence)));
            text.Append(item.Data);
        }
        Assert.That(text.ToString(), Is.EqualTo(string.Concat(Enumerable.Range((int)from - 1, 5003 - (int)from).Select(i => $"{i}\n"))));

        var state = await server.StateAsync(streamId);
        Assert.That((state.Segments, state.Reason), Is.EqualTo((5001, (string?)null)));
    }

    [Test]
    public async Task StreamWithoutEnd_IsNotStoppedByTheLimitsOfAStream()
    {
        await using var server = Start(("Streams:MaxEventsPerStream", "500"), ("Streams:MaxCharactersPerStream", "2000"));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;

        await AddAsync(server, streamId, 1, 3000);

        Assert.That((await server.StateAsync(streamId)).Reason, Is.Null);
    }

    private async Task AddAsync(RunningServer server, StreamId streamId, int from, int to)
    {
        Execute($"WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) INSERT INTO message (body) SELECT i FROM n");
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Segments >= to, $"the stream has {to} rows");
    }

    private RunningServer Start(params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["Sources:Default"] = "rows",
            ["Sources:Query:rows:Provider"] = "Sqlite",
            ["Sources:Query:rows:ConnectionString"] = _connectionString,
            ["Sources:Query:rows:Sql"] = "SELECT id, body FROM message WHERE id > @after AND room = @room",
            ["Sources:Query:rows:Parameters:room:Default"] = "a",
            ["Sources:Query:rows:Interval"] = "00:00:00.020",
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        return RunningServer.Start(settings, []);
    }

    private static async Task<string?> IdAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
