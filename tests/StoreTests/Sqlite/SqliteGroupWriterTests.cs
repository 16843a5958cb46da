using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;
using static SseStreaming.StoreTests.Sqlite.SqliteFixture;

namespace SseStreaming.StoreTests.Sqlite;

public sealed class SqliteGroupWriterTests
{
    [Test]
    public async Task Appends_ThatWaitAtTheSameTime_ShareOneTransaction()
    {
        await using var fixture = new SqliteFixture();
        var streams = await CreateAsync(fixture, 100);
        using var measured = new Measurements(fixture.Meters);

        Task<AppendResult[]> appends;
        await using (await fixture.BlockWriterAsync())
            appends = Task.WhenAll(streams.Select(streamId => fixture.AppendAsync(Segments(streamId, 2, "word"))));

        Assert.That(await appends, Is.All.EqualTo(AppendResult.Appended));
        Assert.That(measured.GetValues("sse_streaming.store.group.writes"), Is.EqualTo(new[] { 1.0, 100.0 }), "the block of the writer, and one group for all appends");
    }

    [Test]
    public async Task Append_Alone_DoesNotWaitForAGroup()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        using var measured = new Measurements(fixture.Meters);

        // The clock of the store does not advance, so an append that waited for more writes would never complete.
        for (var i = 0; i < 50; i++)
            Assert.That(await fixture.AppendAsync(Segments(streamId, 2 + i, "word")), Is.EqualTo(AppendResult.Appended));

        Assert.That(measured.Get("sse_streaming.store.group.writes"), Has.Count.EqualTo(50));
    }

    [Test]
    public async Task Streams_OfManyWriters_AreCompleteAndInOrder()
    {
        const int appends = 40;
        await using var fixture = new SqliteFixture();
        var streams = await CreateAsync(fixture, 100);
        using var measured = new Measurements(fixture.Meters);

        await Task.WhenAll(streams.Select(streamId => Task.Run(async () =>
        {
            for (var i = 0; i < appends; i++)
                Assert.That(await fixture.AppendAsync(Segments(streamId, 2 + (2 * i), $"{i}a", $"{i}b")), Is.EqualTo(AppendResult.Appended));
            Assert.That(await fixture.AppendAsync(End(streamId, 2 + (2 * appends))), Is.EqualTo(AppendResult.Appended));
        }))).WaitAsync(Limit);

        Assert.That(measured.Get("sse_streaming.store.group.writes"), Has.Count.LessThan(streams.Count * appends / 2), "appends were grouped");
        string[] expected = ["{}", .. Enumerable.Range(0, appends).SelectMany(i => new[] { $"{i}a", $"{i}b" }), "{}"];
        foreach (var streamId in streams)
            Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo(expected));
    }

    [Test]
    public async Task Read_DuringAppends_SeesCommittedEventsInOrder()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        var reading = Task.Run(async () =>
        {
            long after = 0;
            while (after < 301)
            {
                var page = await fixture.Store.ReadAsync(streamId, after, CancellationToken.None);
                Assert.That(page, Is.Not.Null);
                after = page!.Value.IsEmpty ? after : page.Value.Last;
            }
        });
        for (var i = 2; i <= 301; i++)
            await fixture.AppendAsync(Segments(streamId, i, $"{i}"));
        await reading.WaitAsync(Limit);
    }

    [Test]
    public async Task Write_ThatFails_DoesNotFailTheOthersOfItsGroup()
    {
        await using var fixture = new SqliteFixture();
        var streams = await CreateAsync(fixture, 3);
        var closed = await fixture.CreateClosedAsync();

        Task<AppendResult[]> good;
        Task<AppendResult> refused;
        Task<int> broken;
        await using (await fixture.BlockWriterAsync())
        {
            broken = fixture.Database.Writer.WriteAsync<int>(_ => throw new InvalidOperationException("a bug"), CancellationToken.None);
            refused = fixture.AppendAsync(Segments(closed, 3, "too late"));
            good = Task.WhenAll(streams.Select(streamId => fixture.AppendAsync(Segments(streamId, 2, "word"))));
        }

        Assert.That(async () => await broken, Throws.InvalidOperationException);
        Assert.That(await refused, Is.EqualTo(AppendResult.Refused));
        Assert.That(await good, Is.All.EqualTo(AppendResult.Appended));
        foreach (var streamId in streams)
            Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo(["{}", "word"]));
        Assert.That(fixture.Database.Capacity.Streams, Is.EqualTo(4));
    }

    [Test]
    public async Task Creates_WithOneKeyInOneGroup_CreateOneStream()
    {
        await using var fixture = new SqliteFixture();
        var heads = Enumerable.Range(0, 5).Select(_ => fixture.CreateHead("key")).ToList();

        Task<CreateResult[]> creates;
        await using (await fixture.BlockWriterAsync())
            creates = Task.WhenAll(heads.Select(head => fixture.Store.CreateAsync(head, Started(head.Id), CancellationToken.None).AsTask()));

        var results = await creates;
        Assert.That(results[0], Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        Assert.That(results[1..], Is.All.EqualTo(new CreateResult(CreateOutcome.Exists, heads[0])));
    }

    [Test]
    public async Task Append_CancelledInTheQueue_ChangesNothing()
    {
        await using var fixture = new SqliteFixture();
        var streamId = await fixture.CreateAsync();
        using var cancellation = new CancellationTokenSource();

        Task<AppendResult> append;
        await using (await fixture.BlockWriterAsync())
        {
            append = fixture.AppendAsync(Segments(streamId, 2, "word"), cancellation.Token);
            await cancellation.CancelAsync();
        }

        Assert.That(async () => await append, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await fixture.AppendAsync(Segments(streamId, 2, "x"), new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await fixture.AppendAsync(Segments(streamId, 2, "other")), Is.EqualTo(AppendResult.Appended));
        Assert.That(await fixture.ReadAllAsync(streamId), Is.EqualTo(["{}", "other"]));
    }

    [Test]
    public async Task Dispose_RunsTheWaitingWrites()
    {
        var folder = CreateFolder();
        try
        {
            var fixture = new SqliteFixture(folder: folder);
            var streamId = await fixture.CreateAsync();
            var block = await fixture.BlockWriterAsync();
            var append = fixture.AppendAsync(Segments(streamId, 2, "word"));
            var closing = fixture.DisposeAsync();
            await block.DisposeAsync();
            await closing;

            Assert.That(await append, Is.EqualTo(AppendResult.Appended));
            Assert.That(async () => await fixture.AppendAsync(Segments(streamId, 3, "word")), Throws.TypeOf<ObjectDisposedException>());
            Assert.That(async () => await fixture.FindAsync(streamId), Throws.TypeOf<ObjectDisposedException>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<StreamId>> CreateAsync(SqliteFixture fixture, int count) =>
        [.. await Task.WhenAll(Enumerable.Range(0, count).Select(_ => fixture.CreateAsync()))];
}
