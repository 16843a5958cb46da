using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteRestartTests
{
    private readonly List<string> _folders = [];

    [TearDown]
    public void DeleteFolders()
    {
        foreach (var folder in _folders)
            Directory.Delete(folder, recursive: true);
        _folders.Clear();
    }

    [Test]
    public async Task Open_AfterAClose_HasAllStreams()
    {
        var folder = CreateFolder();
        StreamRecord? before;
        StreamId streamId;
        await using (var fixture = new SqliteFixture(folder: folder))
        {
            streamId = await fixture.CreateAsync("key");
            await fixture.AppendAsync(Segments(streamId, 2, "Grüße", "", " 🌍"));
            await fixture.AppendAsync(End(streamId, 5));
            before = await fixture.FindAsync(streamId);
        }
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(["streams.db", "streams.lock"]), "the log was moved into the database");

        await using var again = new SqliteFixture(folder: folder);
        Assert.That(await again.FindAsync(streamId), Is.EqualTo(before));
        Assert.That(before, Is.EqualTo(before! with { Ending = EventKind.Completed, Segments = 3, Characters = 8 }));
        Assert.That(await again.ReadAllAsync(streamId), Is.EqualTo(["{}", "Grüße", "", " 🌍", "{}"]));
        var joined = await again.Store.CreateAsync(again.CreateHead("key"), Started(StreamId.New()), CancellationToken.None);
        Assert.That(joined, Is.EqualTo(new CreateResult(CreateOutcome.Exists, before!.Head)));
    }

    [Test]
    public async Task Open_AfterAKill_HasAllAcknowledgedEvents()
    {
        await using var running = new SqliteFixture();
        var streams = new List<StreamId>();
        for (var i = 0; i < 10; i++)
            streams.Add(await running.CreateAsync());
        for (var i = 0; i < 50; i++)
            await Task.WhenAll(streams.Select(streamId => running.AppendAsync(Segments(streamId, 2 + i, $"{i} "))));

        // A killed process leaves such files: the log has not been moved into the database, and nothing is closed.
        var folder = CreateFolder();
        foreach (var file in new[] { "streams.db", "streams.db-wal" })
            File.Copy(Path.Combine(running.Folder, file), Path.Combine(folder, file));

        await using var after = new SqliteFixture(folder: folder);
        foreach (var streamId in streams)
            Assert.That(await after.ReadAllAsync(streamId), Is.EqualTo(await running.ReadAllAsync(streamId)));
        Assert.That((await after.FindAsync(streams[0]))!.Extent, Is.EqualTo(new StreamExtent(1, 51, false)));
        Assert.That((after.Database.Capacity.Streams, after.Database.Capacity.Bytes), Is.EqualTo((running.Database.Capacity.Streams, running.Database.Capacity.Bytes)));
    }

    [Test]
    public async Task TakeOver_ReturnsTheOpenStreamsOfEarlierProcessesOnce()
    {
        var folder = CreateFolder();
        StreamId open, closed;
        await using (var earlier = new SqliteFixture(folder: folder))
        {
            open = await earlier.CreateAsync();
            closed = await earlier.CreateClosedAsync();
        }

        await using var fixture = new SqliteFixture(folder: folder);
        var own = await fixture.CreateAsync();
        Assert.That(await fixture.AppendAsync(Segments(open, 2, "not owned yet")), Is.EqualTo(AppendResult.Refused));

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.Cluster.TakeOverAsync(CancellationToken.None).AsTask()));
        Assert.That(taken.SelectMany(streams => streams).Select(stream => stream.Record.Head.Id), Is.EqualTo([open]));
        Assert.That(await fixture.AppendAsync(End(open, 2)), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.AppendAsync(Segments(own, 2, "owned")), Is.EqualTo(AppendResult.Appended));
        Assert.That((await fixture.FindAsync(closed))!.Extent.Last, Is.EqualTo(2));
    }

    [Test]
    public async Task TakeOver_AfterAFailure_ReturnsAllStreams()
    {
        var folder = CreateFolder();
        StreamId open;
        await using (var earlier = new SqliteFixture(folder: folder))
            open = await earlier.CreateAsync();

        await using var fixture = new SqliteFixture(folder: folder);
        using (var other = fixture.Connect())
        {
            Run(other, "begin exclusive");
            Assert.That(async () => await fixture.Cluster.TakeOverAsync(CancellationToken.None), Throws.TypeOf<StoreUnavailableException>());
        }
        var taken = await fixture.Cluster.TakeOverAsync(CancellationToken.None);
        Assert.That(taken.Single().Record.Head.Id, Is.EqualTo(open));
    }

    [Test]
    public async Task Append_ToAStreamOfAnotherOwner_IsRefused()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        Assert.That(await fixture.AppendAsync(Segments(streamId, 2, "one")), Is.EqualTo(AppendResult.Appended));

        using (var other = fixture.Connect())
        {
            Run(other, "update streams set owner = randomblob(16)");
        }

        Assert.That(await fixture.AppendAsync(Segments(streamId, 3, "two")), Is.EqualTo(AppendResult.Refused));
        Assert.That(await fixture.AppendAsync(Segments(streamId, 2, "one")), Is.EqualTo(AppendResult.Refused), "a repetition is refused, too");
        Assert.That(await fixture.AppendAsync(End(streamId, 3)), Is.EqualTo(AppendResult.Refused));
        Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo(["{}", "one"]));
    }

    [Test]
    public async Task Listen_EndsWhenCancelled()
    {
        await using var fixture = new SqliteFixture();
        using var stop = new CancellationTokenSource();
        var notices = fixture.Cluster.ListenAsync(stop.Token).GetAsyncEnumerator(CancellationToken.None);
        var next = notices.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        Assert.That(await next.WaitAsync(Limit), Is.False);
    }

    private string CreateFolder()
    {
        var folder = SqliteFixture.CreateFolder();
        _folders.Add(folder);
        return folder;
    }
}
