using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>Idempotency keys, retention and limits.</summary>
internal abstract partial class EventStreamStoreContract
{
    private static readonly string Large = new('x', 64 * 1024);

    [Test]
    public async Task Create_WithAUsedKey_ReturnsTheFirstStream()
    {
        var first = await Store.OpenStreamAsync("key");
        var second = Events.Head("key") with { Idempotency = new Idempotency("key", "another digest") };

        var result = await Store.CreateAsync(second, Events.Started(second), CancellationToken.None);

        Assert.That(result, Is.EqualTo(new CreateResult(CreateOutcome.Exists, first)));
        Assert.That(await Store.FindAsync(second.Id, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Create_WithOneKeyManyTimesAtOnce_CreatesOneStream()
    {
        var heads = Enumerable.Range(0, 30).Select(_ => Events.Head("key")).ToList();

        var results = await Task.WhenAll(heads.Select(head =>
            Task.Run(() => Store.CreateAsync(head, Events.Started(head), CancellationToken.None).AsTask())));

        var created = results.Index().Single(result => result.Item.Outcome == CreateOutcome.Created).Index;
        Assert.That(results.Where(result => result.Outcome != CreateOutcome.Created),
            Is.All.EqualTo(new CreateResult(CreateOutcome.Exists, heads[created])));
    }

    [Test]
    public async Task DropExpired_DropsClosedStreamsAfterTheRetention_AndFreesTheirKeys()
    {
        var options = new StreamsOptions { Retention = TimeSpan.FromMinutes(10) };
        await ReopenAsync(options);
        var closed = await Store.OpenStreamAsync("key");
        await Store.AppendedAsync(Events.End(closed, 2));
        var open = await Store.OpenStreamAsync();

        await AdvanceAsync(options.Retention / 2);
        var early = await Store.DropExpiredAsync(CancellationToken.None);
        await AdvanceAsync(options.Retention);
        var dropped = await Store.DropExpiredAsync(CancellationToken.None);

        Assert.That((early, dropped), Is.EqualTo((0, 1)));
        Assert.That(await Store.FindAsync(closed.Id, CancellationToken.None), Is.Null);
        if (ForgetsAtOnce)
            Assert.That(await Store.ReadAsync(closed.Id, 0, CancellationToken.None), Is.Null);
        Assert.That(await Store.FindAsync(open.Id, CancellationToken.None), Is.Not.Null);
        await Store.OpenStreamAsync("key");
    }

    [Test]
    public async Task Create_AtTheMaximumOfStreams_IsFullUntilOneIsClosed()
    {
        await ReopenAsync(new StreamsOptions { MaxStreams = 2 });
        var first = await Store.OpenStreamAsync("key");
        var second = await Store.OpenStreamAsync();
        var third = Events.Head();

        var full = await Store.CreateAsync(third, Events.Started(third), CancellationToken.None);
        var same = Events.Head("key");
        var existing = await Store.CreateAsync(same, Events.Started(same), CancellationToken.None);
        await Store.AppendedAsync(Events.End(first, 2));
        var created = await Store.CreateAsync(third, Events.Started(third), CancellationToken.None);

        Assert.That(full.Outcome, Is.EqualTo(CreateOutcome.Full));
        Assert.That(existing, Is.EqualTo(new CreateResult(CreateOutcome.Exists, first)));
        Assert.That(created.Outcome, Is.EqualTo(CreateOutcome.Created));
        Assert.That(await Store.FindAsync(first.Id, CancellationToken.None), Is.Null);
        Assert.That(await Store.FindAsync(second.Id, CancellationToken.None), Is.Not.Null);
    }

    [TestCase(null)]
    [TestCase("key")]
    public async Task Create_OfTheSameStreamAgain_InAFullStore_IsCreated(string? key)
    {
        await ReopenAsync(new StreamsOptions { MaxStreams = 1 });
        var head = await Store.OpenStreamAsync(key);

        var again = await Store.CreateAsync(head, Events.Started(head), CancellationToken.None);

        Assert.That(again, Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        Assert.That(await Store.ReadAllAsync(head.Id), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Append_OfTheSameBatchAgain_InAFullStore_IsAppended()
    {
        await ReopenAsync(new StreamsOptions { MaxTotalBytes = 100 * 1024 });
        var head = await Store.OpenStreamAsync();
        var batch = Events.Segments(head, 2, new string('x', 200 * 1024));
        await Store.AppendedAsync(batch);

        await Store.AppendedAsync(batch);

        Assert.That(await Store.AppendAsync(Events.Segments(head, 3, "more"), CancellationToken.None), Is.EqualTo(AppendResult.Full));
        Assert.That(await Store.ReadTextsAsync(head.Id), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Append_AboveTheTotalSize_DropsClosedStreamsOldestFirst()
    {
        await ReopenAsync(new StreamsOptions { MaxTotalBytes = 900 * 1024 });
        var closed = new List<StreamHead>();
        for (var i = 0; i < 3; i++)
        {
            closed.Add(await Store.OpenStreamAsync());
            await Store.AppendedAsync(Events.Segments(closed[i], 2, Large));
            await Store.AppendedAsync(Events.End(closed[i], 3));
        }
        var open = await Store.OpenStreamAsync();
        var kept = 3;
        for (var i = 2; kept == 3 && i < 100; i++)
        {
            await Store.AppendedAsync(Events.Segments(open, i, Large));
            kept = await CountAsync(closed);
        }

        Assert.That(kept, Is.EqualTo(2), "kept after the store was full for the first time");
        Assert.That(await Store.FindAsync(closed[0].Id, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Append_AboveTheTotalSize_WithNothingToDrop_IsFull_ButATerminalEventFits()
    {
        await ReopenAsync(new StreamsOptions { MaxTotalBytes = 300 * 1024 });
        var head = await Store.OpenStreamAsync();
        var next = 2;
        AppendResult result;
        do
            result = await Store.AppendAsync(Events.Segments(head, next, Large), CancellationToken.None);
        while (result == AppendResult.Appended && ++next < 100);

        Assert.That(result, Is.EqualTo(AppendResult.Full));
        Assert.That(next, Is.GreaterThan(2));
        Assert.That(await Store.AppendAsync(Events.End(head, next, EventKind.Stopped), CancellationToken.None), Is.EqualTo(AppendResult.Appended));
        Assert.That(await Store.ReadTextsAsync(head.Id), Has.Length.EqualTo(next - 2).And.All.EqualTo(Large));
    }

    private async Task<int> CountAsync(IEnumerable<StreamHead> heads)
    {
        var count = 0;
        foreach (var head in heads)
            count += await Store.FindAsync(head.Id, CancellationToken.None) is null ? 0 : 1;
        return count;
    }
}
