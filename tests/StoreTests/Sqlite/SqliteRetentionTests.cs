using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteBench;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteRetentionTests
{
    [Test]
    public async Task DropExpired_DropsWhatWasClosedLongAgo_WithItsBlocks()
    {
        await using var bench = new SqliteBench(new StreamsOptions { Retention = TimeSpan.FromHours(1) });
        var old = await bench.CreateAsync("key");
        for (var i = 0; i < 600; i++)
            _ = bench.AppendAsync(Segments(old, 2 + i, "word"));
        await bench.AppendAsync(End(old, 602));
        var open = await bench.CreateAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(59));
        var recent = await bench.CreateClosedAsync();
        Assert.That(await bench.Store.DropExpiredAsync(CancellationToken.None), Is.Zero);

        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await bench.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(await bench.FindAsync(old), Is.Null);
        Assert.That(await bench.Store.ReadAsync(old, 0, CancellationToken.None), Is.Null);
        Assert.That(await bench.AppendAsync(Segments(old, 603, "word")), Is.EqualTo(AppendResult.Refused));
        Assert.That(await bench.FindAsync(open), Is.Not.Null);
        Assert.That(await bench.FindAsync(recent), Is.Not.Null);
        await bench.CreateAsync("key");

        await TidyAsync(bench);
        Assert.That(await CountAsync(bench, "blocks"), Is.EqualTo(4));
    }

    [Test]
    public async Task DropExpired_OfMoreThanOneStep_DropsAll()
    {
        await using var bench = new SqliteBench();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => bench.CreateClosedAsync()));
        bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(await bench.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(600));
        Assert.That((bench.Database.Capacity.Streams, bench.Database.Capacity.Bytes), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Create_InAFullStore_DropsTheOldestClosedStream_AndIsFullWithoutOne()
    {
        await using var bench = new SqliteBench(new StreamsOptions { MaxStreams = 3 });
        var first = await bench.CreateClosedAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await bench.CreateClosedAsync();
        await bench.CreateAsync();

        await bench.CreateAsync();
        Assert.That(await bench.FindAsync(first), Is.Null);
        Assert.That(await bench.FindAsync(second), Is.Not.Null);
        await bench.CreateAsync();

        var head = bench.NewHead();
        Assert.That((await bench.Store.CreateAsync(head, Started(head.Id), CancellationToken.None)).Outcome, Is.EqualTo(CreateOutcome.Full));
    }

    [Test]
    public async Task Append_InAFullStore_DropsClosedStreams_ThenIsFull_ButTheTerminalEventFits()
    {
        await using var bench = new SqliteBench(new StreamsOptions { MaxTotalBytes = 64 * 1024 });
        var closed = await bench.CreateAsync();
        await bench.AppendAsync(Segments(closed, 2, new string('x', 40_000)));
        await bench.AppendAsync(End(closed, 3));
        var open = await bench.CreateAsync();
        await bench.AppendAsync(Segments(open, 2, new string('y', 40_000)));

        Assert.That(await bench.AppendAsync(Segments(open, 3, new string('z', 40_000))), Is.EqualTo(AppendResult.Appended));
        Assert.That(await bench.FindAsync(closed), Is.Null);

        Assert.That(await bench.AppendAsync(Segments(open, 4, "no")), Is.EqualTo(AppendResult.Full));
        Assert.That(await bench.AppendAsync(Segments(open, 9, "no")), Is.EqualTo(AppendResult.Refused));
        Assert.That(await bench.AppendAsync(Segments(open, 3, new string('z', 40_000))), Is.EqualTo(AppendResult.Appended), "a repeat");
        Assert.That(await bench.AppendAsync(End(open, 4)), Is.EqualTo(AppendResult.Appended));
    }

    [Test]
    public async Task Trim_DropsWholeBlocks_AndWhatWasBeforeIsExpired()
    {
        await using var bench = new SqliteBench();
        var streamId = await bench.CreateAsync();
        for (var i = 2; i < 1002; i += 2)
            await bench.AppendAsync(Segments(streamId, i, $"{i}", $"{i + 1}"));
        var bytes = bench.Database.Capacity.Bytes;

        await bench.Store.TrimAsync(streamId, 905, CancellationToken.None);
        Assert.That((await bench.FindAsync(streamId))!.Extent, Is.EqualTo(new StreamExtent(904, 1001, false)), "904 and 905 came together");
        Assert.That((await bench.FindAsync(streamId))!.Segments, Is.EqualTo(1000), "what was appended, not what is kept");
        Assert.That(await bench.Store.ReadAsync(streamId, 902, CancellationToken.None), Is.Null);
        Assert.That(await bench.ReadAllAsync(streamId, after: 903), Is.EqualTo(Enumerable.Range(904, 98).Select(i => $"{i}")));

        await TidyAsync(bench);
        Assert.That(await CountAsync(bench, "blocks"), Is.EqualTo(49));
        Assert.That(bench.Database.Capacity.Bytes, Is.LessThan(bytes / 5));
        Assert.That(await SumOfBytesAsync(bench), Is.EqualTo(bench.Database.Capacity.Bytes), "the row tells the same");

        await bench.Store.TrimAsync(streamId, 500, CancellationToken.None);
        Assert.That((await bench.FindAsync(streamId))!.Extent.First, Is.EqualTo(904), "it does not come back");
        await bench.Store.TrimAsync(streamId, long.MaxValue, CancellationToken.None);
        Assert.That((await bench.FindAsync(streamId))!.Extent, Is.EqualTo(new StreamExtent(1000, 1001, false)), "the last event stays");
        await bench.AppendAsync(End(streamId, 1002));
        await bench.Store.TrimAsync(streamId, 1002, CancellationToken.None);
        Assert.That(await bench.ReadAllAsync(streamId, after: 999), Is.EqualTo(["1000", "1001", "{}"]), "a closed stream stays as it is");
    }

    [Test]
    public async Task Drop_OfAStreamThatIsBeingTrimmed_CountsItsBytesOnce()
    {
        await using var bench = new SqliteBench();
        var other = await bench.CreateAsync();
        var bytes = bench.Database.Capacity.Bytes;
        var streamId = await bench.CreateAsync();
        for (var i = 2; i < 602; i++)
            await bench.AppendAsync(Segments(streamId, i, "word"));

        Task<int> dropped;
        await using (await bench.HoldWriterAsync())
        {
            _ = bench.Store.TrimAsync(streamId, 600, CancellationToken.None).AsTask();
            _ = bench.AppendAsync(End(streamId, 602));
            bench.Time.Advance(TimeSpan.FromDays(1));
            dropped = bench.Database.Writer.WriteAsync(
                session => session.Execute("update streams set closed = 0 where closed is not null"), CancellationToken.None);
            _ = bench.Store.DropExpiredAsync(CancellationToken.None).AsTask();
        }
        await dropped;
        await TidyAsync(bench);

        Assert.That(await CountAsync(bench, "blocks"), Is.EqualTo(1));
        Assert.That((bench.Database.Capacity.Streams, bench.Database.Capacity.Bytes), Is.EqualTo((1, bytes)));
        Assert.That(await bench.FindAsync(other), Is.Not.Null);
    }

    /// <summary>What is left of streams is deleted after each write, in steps of 256 blocks.</summary>
    private static async Task TidyAsync(SqliteBench bench)
    {
        for (var i = 0; i < 5; i++)
            await bench.Database.Writer.WriteAsync(_ => 0, CancellationToken.None);
        Assert.That(await CountAsync(bench, "remains"), Is.Zero);
    }

    private static Task<long> CountAsync(SqliteBench bench, string table) =>
        bench.Database.Writer.WriteAsync(session => (long)session.Scalar($"select count(*) from {table}")!, CancellationToken.None);

    private static Task<long> SumOfBytesAsync(SqliteBench bench) =>
        bench.Database.Writer.WriteAsync(session => (long)session.Scalar("select sum(bytes) from streams")!, CancellationToken.None);
}
