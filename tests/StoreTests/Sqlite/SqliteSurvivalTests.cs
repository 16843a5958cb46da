using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteBench;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteSurvivalTests
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
    public async Task Open_AfterAnOrderlyEnd_HasAllAsItWas()
    {
        var folder = NewFolder();
        StreamRecord? before;
        StreamId streamId;
        await using (var bench = new SqliteBench(folder: folder))
        {
            streamId = await bench.CreateAsync("key");
            await bench.AppendAsync(Segments(streamId, 2, "Grüße", "", " 🌍"));
            await bench.AppendAsync(End(streamId, 5));
            before = await bench.FindAsync(streamId);
        }
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(["streams.db", "streams.lock"]), "the log is in the database");

        await using var again = new SqliteBench(folder: folder);
        Assert.That(await again.FindAsync(streamId), Is.EqualTo(before));
        Assert.That(before, Is.EqualTo(before! with { Ending = EventKind.Completed, Segments = 3, Characters = 8 }));
        Assert.That(await again.ReadAllAsync(streamId), Is.EqualTo(["{}", "Grüße", "", " 🌍", "{}"]));
        var joined = await again.Store.CreateAsync(again.NewHead("key"), Started(StreamId.New()), CancellationToken.None);
        Assert.That(joined, Is.EqualTo(new CreateResult(CreateOutcome.Exists, before!.Head)));
    }

    [Test]
    public async Task Open_OfTheFilesAsTheyLieWhileAnotherProcessRuns_HasAllThatWasAcknowledged()
    {
        await using var running = new SqliteBench();
        var streams = new List<StreamId>();
        for (var i = 0; i < 10; i++)
            streams.Add(await running.CreateAsync());
        for (var i = 0; i < 50; i++)
            await Task.WhenAll(streams.Select(streamId => running.AppendAsync(Segments(streamId, 2 + i, $"{i} "))));

        // What a killed process leaves behind: the log not moved, nothing closed.
        var folder = NewFolder();
        foreach (var file in new[] { "streams.db", "streams.db-wal" })
            File.Copy(Path.Combine(running.Folder, file), Path.Combine(folder, file));

        await using var after = new SqliteBench(folder: folder);
        foreach (var streamId in streams)
            Assert.That(await after.ReadAllAsync(streamId), Is.EqualTo(await running.ReadAllAsync(streamId)));
        Assert.That((await after.FindAsync(streams[0]))!.Extent, Is.EqualTo(new StreamExtent(1, 51, false)));
        Assert.That((after.Database.Capacity.Streams, after.Database.Capacity.Bytes), Is.EqualTo((running.Database.Capacity.Streams, running.Database.Capacity.Bytes)));
    }

    [Test]
    public async Task TakeOver_GivesTheOpenStreamsOfEarlierProcessesOnce()
    {
        var folder = NewFolder();
        StreamId open, closed;
        await using (var earlier = new SqliteBench(folder: folder))
        {
            open = await earlier.CreateAsync();
            closed = await earlier.CreateClosedAsync();
        }

        await using var bench = new SqliteBench(folder: folder);
        var own = await bench.CreateAsync();
        Assert.That(await bench.AppendAsync(Segments(open, 2, "not mine yet")), Is.EqualTo(AppendResult.Refused));

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bench.Cluster.TakeOverAsync(CancellationToken.None).AsTask()));
        Assert.That(taken.SelectMany(streams => streams).Select(stream => stream.Head.Id), Is.EqualTo([open]));
        Assert.That(await bench.AppendAsync(End(open, 2)), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.AppendAsync(Segments(own, 2, "mine")), Is.EqualTo(AppendResult.Appended));
        Assert.That((await bench.FindAsync(closed))!.Extent.Last, Is.EqualTo(2));
    }

    [Test]
    public async Task TakeOver_AfterOneThatFailed_GivesTheStreamsAll()
    {
        var folder = NewFolder();
        StreamId open;
        await using (var earlier = new SqliteBench(folder: folder))
            open = await earlier.CreateAsync();

        await using var bench = new SqliteBench(folder: folder);
        using (var other = bench.Connect())
        {
            Run(other, "begin exclusive");
            Assert.That(async () => await bench.Cluster.TakeOverAsync(CancellationToken.None), Throws.TypeOf<StoreUnavailableException>());
        }
        var taken = await bench.Cluster.TakeOverAsync(CancellationToken.None);
        Assert.That(taken.Single().Head.Id, Is.EqualTo(open));
    }

    [Test]
    public async Task Append_ToAStreamThatAnotherTookOver_IsRefused()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        Assert.That(await bench.AppendAsync(Segments(streamId, 2, "one")), Is.EqualTo(AppendResult.Appended));

        using (var other = bench.Connect())
        {
            Run(other, "update streams set owner = randomblob(16)");
        }

        Assert.That(await bench.AppendAsync(Segments(streamId, 3, "two")), Is.EqualTo(AppendResult.Refused));
        Assert.That(await bench.AppendAsync(Segments(streamId, 2, "one")), Is.EqualTo(AppendResult.Refused), "also a repeat: it is no longer this one's");
        Assert.That(await bench.AppendAsync(End(streamId, 3)), Is.EqualTo(AppendResult.Refused));
        Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo(["{}", "one"]));
    }

    [Test]
    public async Task Listen_EndsWhenItIsCancelled()
    {
        await using var bench = new SqliteBench();
        using var stop = new CancellationTokenSource();
        var notices = bench.Cluster.ListenAsync(stop.Token).GetAsyncEnumerator(CancellationToken.None);
        var next = notices.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        Assert.That(await next.WaitAsync(Limit), Is.False);
    }

    private string NewFolder()
    {
        var folder = SqliteBench.NewFolder();
        _folders.Add(folder);
        return folder;
    }
}
