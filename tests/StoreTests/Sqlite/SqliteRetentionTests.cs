using SseStreaming.Application;
using SseStreaming.Application.Streams;
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

        // The queue is first in, first out, and what is left of streams goes between: three steps for 601 blocks.
        for (var i = 0; i < 4; i++)
            await bench.Database.Writer.WriteAsync(_ => 0, CancellationToken.None);
        var blocks = await bench.Database.Writer.WriteAsync(session => session.Scalar("select count(*) from blocks"), CancellationToken.None);
        Assert.That(blocks, Is.EqualTo(4L));
        Assert.That(await bench.Database.Writer.WriteAsync(session => session.Scalar("select count(*) from dropped"), CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task DropExpired_OfMoreThanOneStep_DropsAll()
    {
        await using var bench = new SqliteBench();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => bench.CreateClosedAsync()));
        bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(await bench.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(600));
        Assert.That((bench.Database.Room.Streams, bench.Database.Room.Bytes), Is.EqualTo((0, 0)));
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
    public async Task Read_BeforeWhatIsKept_IsNull()
    {
        await using var bench = new SqliteBench();
        var stream = await bench.CreateAsync();
        for (var i = 2; i < 6; i++)
            await bench.AppendAsync(Segments(stream, i, $"{i}"));
        await bench.Database.Writer.WriteAsync(
            session => session.Execute("delete from blocks where first < 4") + session.Execute("update streams set first = 4"), CancellationToken.None);

        Assert.That(await bench.Store.ReadAsync(stream, 2, CancellationToken.None), Is.Null);
        Assert.That(await bench.ReadAllAsync(stream, after: 3), Is.EqualTo(["4", "5"]));
        Assert.That((await bench.FindAsync(stream))!.Extent, Is.EqualTo(new StreamExtent(4, 5, false)));
    }
}
