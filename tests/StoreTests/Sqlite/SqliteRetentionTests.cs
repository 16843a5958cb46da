using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteRetentionTests
{
    [Test]
    public async Task DropExpired_DropsExpiredStreams_WithTheirBlocks()
    {
        await using var fixture = new SqliteFixture(new StreamsOptions { Retention = TimeSpan.FromHours(1) });
        var old = await fixture.CreateAsync("key");
        for (var i = 0; i < 600; i++)
            _ = fixture.AppendAsync(Segments(old, 2 + i, "word"));
        await fixture.AppendAsync(End(old, 602));
        var open = await fixture.CreateAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(59));
        var recent = await fixture.CreateClosedAsync();
        Assert.That(await fixture.Store.DropExpiredAsync(CancellationToken.None), Is.Zero);

        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await fixture.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(await fixture.FindAsync(old), Is.Null);
        Assert.That(await fixture.Store.ReadAsync(old, 0, CancellationToken.None), Is.Null);
        Assert.That(await fixture.AppendAsync(Segments(old, 603, "word")), Is.EqualTo(AppendResult.Refused));
        Assert.That(await fixture.FindAsync(open), Is.Not.Null);
        Assert.That(await fixture.FindAsync(recent), Is.Not.Null);
        await fixture.CreateAsync("key");

        await DeletePendingAsync(fixture);
        Assert.That(await CountAsync(fixture, "blocks"), Is.EqualTo(4));
    }

    [Test]
    public async Task DropExpired_OfMoreThanOneTransaction_DropsAll()
    {
        await using var fixture = new SqliteFixture();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => fixture.CreateClosedAsync()));
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(await fixture.Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(600));
        Assert.That((fixture.Database.Capacity.Streams, fixture.Database.Capacity.Bytes), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Create_InAFullStore_DropsTheOldestClosedStream_AndIsFullWithoutOne()
    {
        await using var fixture = new SqliteFixture(new StreamsOptions { MaxStreams = 3 });
        var first = await fixture.CreateClosedAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await fixture.CreateClosedAsync();
        await fixture.CreateAsync();

        await fixture.CreateAsync();
        Assert.That(await fixture.FindAsync(first), Is.Null);
        Assert.That(await fixture.FindAsync(second), Is.Not.Null);
        await fixture.CreateAsync();

        var head = fixture.CreateHead();
        Assert.That((await fixture.Store.CreateAsync(head, Started(head.Id), CancellationToken.None)).Outcome, Is.EqualTo(CreateOutcome.Full));
    }

    [Test]
    public async Task Append_InAFullStore_DropsClosedStreams_ThenIsFull_ButTheTerminalEventFits()
    {
        await using var fixture = new SqliteFixture(new StreamsOptions { MaxTotalBytes = 64 * 1024 });
        var closed = await fixture.CreateAsync();
        await fixture.AppendAsync(Segments(closed, 2, new string('x', 40_000)));
        await fixture.AppendAsync(End(closed, 3));
        var open = await fixture.CreateAsync();
        await fixture.AppendAsync(Segments(open, 2, new string('y', 40_000)));

        Assert.That(await fixture.AppendAsync(Segments(open, 3, new string('z', 40_000))), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.FindAsync(closed), Is.Null);

        Assert.That(await fixture.AppendAsync(Segments(open, 4, "no")), Is.EqualTo(AppendResult.Full));
        Assert.That(await fixture.AppendAsync(Segments(open, 9, "no")), Is.EqualTo(AppendResult.Refused));
        Assert.That(await fixture.AppendAsync(Segments(open, 3, new string('z', 40_000))), Is.EqualTo(AppendResult.Appended), "a repeat");
        Assert.That(await fixture.AppendAsync(End(open, 4)), Is.EqualTo(AppendResult.Appended));
    }

    [Test]
    public async Task Trim_DropsWholeBlocks_AndPositionsBeforeThemExpire()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        for (var i = 2; i < 1002; i += 2)
            await fixture.AppendAsync(Segments(streamId, i, $"{i}", $"{i + 1}"));
        var bytes = fixture.Database.Capacity.Bytes;

        await fixture.Store.TrimAsync(streamId, 905, CancellationToken.None);
        Assert.That((await fixture.FindAsync(streamId))!.Extent, Is.EqualTo(new StreamExtent(904, 1001, false)), "904 and 905 came together");
        Assert.That((await fixture.FindAsync(streamId))!.Segments, Is.EqualTo(1000), "what was appended, not what is kept");
        Assert.That(await fixture.Store.ReadAsync(streamId, 902, CancellationToken.None), Is.Null);
        Assert.That(await fixture.ReadAllAsync(streamId, after: 903), Is.EqualTo(Enumerable.Range(904, 98).Select(i => $"{i}")));

        await DeletePendingAsync(fixture);
        Assert.That(await CountAsync(fixture, "blocks"), Is.EqualTo(49));
        Assert.That(fixture.Database.Capacity.Bytes, Is.LessThan(bytes / 5));
        Assert.That(await SumOfBytesAsync(fixture), Is.EqualTo(fixture.Database.Capacity.Bytes), "the rows have the same sum");

        await fixture.Store.TrimAsync(streamId, 500, CancellationToken.None);
        Assert.That((await fixture.FindAsync(streamId))!.Extent.First, Is.EqualTo(904), "dropped events stay dropped");
        await fixture.Store.TrimAsync(streamId, long.MaxValue, CancellationToken.None);
        Assert.That((await fixture.FindAsync(streamId))!.Extent, Is.EqualTo(new StreamExtent(1000, 1001, false)), "the last event stays");
        await fixture.AppendAsync(End(streamId, 1002));
        await fixture.Store.TrimAsync(streamId, 1002, CancellationToken.None);
        Assert.That(await fixture.ReadAllAsync(streamId, after: 999), Is.EqualTo(["1000", "1001", "{}"]), "a closed stream stays as it is");
    }

    [Test]
    public async Task DropExpired_OfATrimmedStream_SubtractsItsBytesOnce()
    {
        await using var fixture = new SqliteFixture();
        var other = await fixture.CreateAsync();
        var bytes = fixture.Database.Capacity.Bytes;
        var streamId = await fixture.CreateAsync();
        for (var i = 2; i < 602; i++)
            await fixture.AppendAsync(Segments(streamId, i, "word"));

        Task<int> dropped;
        await using (await fixture.BlockWriterAsync())
        {
            _ = fixture.Store.TrimAsync(streamId, 600, CancellationToken.None).AsTask();
            _ = fixture.AppendAsync(End(streamId, 602));
            fixture.Time.Advance(TimeSpan.FromDays(1));
            dropped = fixture.Database.Writer.WriteAsync(
                session => session.Execute("update streams set closed = 0 where closed is not null"), CancellationToken.None);
            _ = fixture.Store.DropExpiredAsync(CancellationToken.None).AsTask();
        }
        await dropped;
        await DeletePendingAsync(fixture);

        Assert.That(await CountAsync(fixture, "blocks"), Is.EqualTo(1));
        Assert.That((fixture.Database.Capacity.Streams, fixture.Database.Capacity.Bytes), Is.EqualTo((1, bytes)));
        Assert.That(await fixture.FindAsync(other), Is.Not.Null);
    }

    /// <summary>Pending blocks are deleted after each write, at most 256 at a time.</summary>
    private static async Task DeletePendingAsync(SqliteFixture fixture)
    {
        for (var i = 0; i < 5; i++)
            await fixture.Database.Writer.WriteAsync(_ => 0, CancellationToken.None);
        Assert.That(await CountAsync(fixture, "remains"), Is.Zero);
    }

    private static Task<long> CountAsync(SqliteFixture fixture, string table) =>
        fixture.Database.Writer.WriteAsync(session => (long)session.Scalar($"select count(*) from {table}")!, CancellationToken.None);

    private static Task<long> SumOfBytesAsync(SqliteFixture fixture) =>
        fixture.Database.Writer.WriteAsync(session => (long)session.Scalar("select sum(bytes) from streams")!, CancellationToken.None);
}
