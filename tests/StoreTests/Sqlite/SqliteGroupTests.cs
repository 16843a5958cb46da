using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;
using static SseStreaming.StoreTests.Sqlite.SqliteBench;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteGroupTests
{
    [Test]
    public async Task Appends_ThatWaitAtTheSameTime_ShareOneTransaction()
    {
        await using var bench = new SqliteBench();
        var streams = await CreateAsync(bench, 100);
        using var measured = new Measurements(bench.Meters);
        var before = bench.Database.Writer.Transactions;

        Task<AppendResult[]> appends;
        await using (await bench.HoldWriterAsync())
            appends = Task.WhenAll(streams.Select(streamId => bench.AppendAsync(Segments(streamId, 2, "word"))));

        Assert.That(await appends, Is.All.EqualTo(AppendResult.Appended));
        Assert.That(bench.Database.Writer.Transactions - before, Is.EqualTo(2), "that of the hold, and one for all");
        Assert.That(measured.ValuesOf("sse_streaming.store.group.writes"), Is.EqualTo(new[] { 1.0, 100.0 }));
    }

    [Test]
    public async Task Append_ByItself_WaitsForNoOther()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        var before = bench.Database.Writer.Transactions;

        // The clock of the store stands still: nothing here can wait for time to pass.
        for (var i = 0; i < 50; i++)
            Assert.That(await bench.AppendAsync(Segments(streamId, 2 + i, "word")), Is.EqualTo(AppendResult.Appended));

        Assert.That(bench.Database.Writer.Transactions - before, Is.EqualTo(50));
    }

    [Test]
    public async Task Streams_OfManyWriters_AreWholeAndInOrder()
    {
        const int Appends = 40;
        await using var bench = new SqliteBench();
        var streams = await CreateAsync(bench, 100);

        await Task.WhenAll(streams.Select(streamId => Task.Run(async () =>
        {
            for (var i = 0; i < Appends; i++)
                Assert.That(await bench.AppendAsync(Segments(streamId, 2 + (2 * i), $"{i}a", $"{i}b")), Is.EqualTo(AppendResult.Appended));
            Assert.That(await bench.AppendAsync(End(streamId, 2 + (2 * Appends))), Is.EqualTo(AppendResult.Appended));
        }))).WaitAsync(Limit);

        Assert.That(bench.Database.Writer.Transactions, Is.LessThan(streams.Count * Appends / 2), "appends were grouped");
        string[] expected = ["{}", .. Enumerable.Range(0, Appends).SelectMany(i => new[] { $"{i}a", $"{i}b" }), "{}"];
        foreach (var streamId in streams)
            Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo(expected));
    }

    [Test]
    public async Task Read_WhileOthersAppend_SeesOnlyWhatWasCommittedInOrder()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        var reading = Task.Run(async () =>
        {
            long after = 0;
            while (after < 301)
            {
                var page = await bench.Store.ReadAsync(streamId, after, CancellationToken.None);
                Assert.That(page, Is.Not.Null);
                after = page!.Value.IsEmpty ? after : page.Value.Last;
            }
        });
        for (var i = 2; i <= 301; i++)
            await bench.AppendAsync(Segments(streamId, i, $"{i}"));
        await reading.WaitAsync(Limit);
    }

    [Test]
    public async Task Write_ThatFails_TakesNoOtherOfItsGroupWithIt()
    {
        await using var bench = new SqliteBench();
        var streams = await CreateAsync(bench, 3);
        var closed = await bench.CreateClosedAsync();

        Task<AppendResult[]> good;
        Task<AppendResult> refused;
        Task<int> broken;
        await using (await bench.HoldWriterAsync())
        {
            broken = bench.Database.Writer.WriteAsync<int>(_ => throw new InvalidOperationException("a bug"), CancellationToken.None);
            refused = bench.AppendAsync(Segments(closed, 3, "too late"));
            good = Task.WhenAll(streams.Select(streamId => bench.AppendAsync(Segments(streamId, 2, "word"))));
        }

        Assert.That(async () => await broken, Throws.InvalidOperationException);
        Assert.That(await refused, Is.EqualTo(AppendResult.Refused));
        Assert.That(await good, Is.All.EqualTo(AppendResult.Appended));
        foreach (var streamId in streams)
            Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo(["{}", "word"]));
        Assert.That(bench.Database.Capacity.Streams, Is.EqualTo(4));
    }

    [Test]
    public async Task Creates_WithOneKeyInOneGroup_MakeOneStream()
    {
        await using var bench = new SqliteBench();
        var heads = Enumerable.Range(0, 5).Select(_ => bench.NewHead("key")).ToList();

        Task<CreateResult[]> creates;
        await using (await bench.HoldWriterAsync())
            creates = Task.WhenAll(heads.Select(head => bench.Store.CreateAsync(head, Started(head.Id), CancellationToken.None).AsTask()));

        var results = await creates;
        Assert.That(results[0], Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        Assert.That(results[1..], Is.All.EqualTo(new CreateResult(CreateOutcome.Exists, heads[0])));
    }

    [Test]
    public async Task Append_CancelledWhileItWaits_ChangesNothing()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        using var cancellation = new CancellationTokenSource();

        Task<AppendResult> append;
        await using (await bench.HoldWriterAsync())
        {
            append = bench.AppendAsync(Segments(streamId, 2, "word"), cancellation.Token);
            await cancellation.CancelAsync();
        }

        Assert.That(async () => await append, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await bench.AppendAsync(Segments(streamId, 2, "x"), new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await bench.AppendAsync(Segments(streamId, 2, "other")), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.ReadAllAsync(streamId), Is.EqualTo(["{}", "other"]));
    }

    [Test]
    public async Task Dispose_DoesWhatWaits()
    {
        var folder = NewFolder();
        try
        {
            var bench = new SqliteBench(folder: folder);
            var streamId = await bench.CreateAsync();
            var hold = await bench.HoldWriterAsync();
            var append = bench.AppendAsync(Segments(streamId, 2, "word"));
            var closing = bench.DisposeAsync();
            await hold.DisposeAsync();
            await closing;

            Assert.That(await append, Is.EqualTo(AppendResult.Appended));
            Assert.That(async () => await bench.AppendAsync(Segments(streamId, 3, "word")), Throws.TypeOf<ObjectDisposedException>());
            Assert.That(async () => await bench.FindAsync(streamId), Throws.TypeOf<ObjectDisposedException>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<StreamId>> CreateAsync(SqliteBench bench, int count) =>
        [.. await Task.WhenAll(Enumerable.Range(0, count).Select(_ => bench.CreateAsync()))];
}
