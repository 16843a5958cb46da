using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests;

/// <summary>Streams that are dropped before their retention has elapsed.</summary>
internal abstract partial class EventStreamStoreContract
{
    [Test]
    public async Task Forget_DropsAStream_OpenOrClosed([Values] bool isClosed)
    {
        var head = Events.Head("key") with { Owner = "alice", Thread = "chat", Properties = "{}" };
        await Store.CreateAsync(head, Events.Started(head), [1], CancellationToken.None);
        await Store.AppendAsync(Events.Segments(head, 2, "a", "b"), [1], CancellationToken.None);
        if (isClosed)
            await Store.AppendedAsync(Events.End(head, 4));
        var other = await Store.OpenStreamAsync();

        await Store.ForgetAsync(head.Id, CancellationToken.None);

        await AssertForgottenAsync(head);
        Assert.That(await Store.FindLastAsync("alice", "chat", CancellationToken.None), Is.Null);
        Assert.That(await Store.ListAsync("alice", null, null, null, 9, CancellationToken.None), Is.Empty);
        await AssertKeptAsync(head, null, null);
        Assert.That(await Store.AppendAsync(Events.Segments(head, isClosed ? 5 : 4, "c"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.AppendAsync(Events.End(head, 4), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.SaveCheckpointAsync(head.Id, [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await AssertForgottenAsync(head);
        await Store.OpenStreamAsync("key");
        Assert.That(await Store.ReadAllAsync(other.Id), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Forget_Again_OrOfAnUnknownStream_ChangesNothing()
    {
        await ReopenAsync(new StreamsOptions { MaxStreams = 3 });
        var head = await Store.OpenStreamAsync("key");
        await Store.ForgetAsync(head.Id, CancellationToken.None);
        var next = await Store.OpenStreamAsync("key");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Store.ForgetAsync(head.Id, CancellationToken.None).AsTask()));
        await Store.ForgetAsync(StreamId.New(), CancellationToken.None);

        Assert.That((await Store.FindAsync(next.Id, CancellationToken.None))?.Head, Is.EqualTo(next));
        await Store.OpenStreamAsync();
        await Store.OpenStreamAsync();
        var fourth = Events.Head();
        Assert.That((await Store.CreateAsync(fourth, Events.Started(fourth), CancellationToken.None)).Outcome,
            Is.EqualTo(CreateOutcome.Full), "a stream that is forgotten twice counts once");
    }

    [Test]
    public async Task Forget_FreesTheBytesOfTheStream()
    {
        await ReopenAsync(new StreamsOptions { MaxTotalBytes = 300 * 1024 });
        var large = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.Segments(large, 2, new string('x', 400 * 1024)));
        var other = Events.Head();
        Assert.That((await Store.CreateAsync(other, Events.Started(other), CancellationToken.None)).Outcome, Is.EqualTo(CreateOutcome.Full));

        await Store.ForgetAsync(large.Id, CancellationToken.None);

        Assert.That((await Store.CreateAsync(other, Events.Started(other), CancellationToken.None)).Outcome, Is.EqualTo(CreateOutcome.Created));
        await Store.AppendedAsync(Events.Segments(other, 2, "a"));
    }

    [Test]
    public async Task ForgottenStream_CanBeCreatedAgain_AndIsAnotherOne()
    {
        var options = new StreamsOptions { Retention = TimeSpan.FromMinutes(10) };
        await ReopenAsync(options);
        var head = await Store.OpenStreamAsync("key");
        await Store.AppendedAsync(Events.Segments(head, 2, "a", "b"));
        await Store.AppendedAsync(Events.End(head, 4));
        await Store.ForgetAsync(head.Id, CancellationToken.None);

        var again = head with { Thread = "another" };
        Assert.That(await Store.CreateAsync(again, Events.Started(again), CancellationToken.None), Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        await Store.AppendedAsync(Events.Segments(head, 2, "c"));
        await AdvanceAsync(options.Retention * 2);

        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.Zero);
        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["c"]));
        Assert.That((await Store.FindAsync(head.Id, CancellationToken.None))?.Head, Is.EqualTo(again));
    }

    [Test]
    public async Task Forget_DuringAppends_DropsAllEvents_AndEndsTheWritersAndReaders()
    {
        var heads = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Store.OpenStreamAsync($"key {i}")));
        var reached = heads.Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var writers = heads.Select((head, index) => Task.Run(async () =>
        {
            var result = AppendResult.Appended;
            for (var next = 2L; result is AppendResult.Appended; next++)
            {
                if (next == 5)
                    reached[index].SetResult();
                // A store that completes synchronously would keep the threads that the others need.
                await Task.Yield();
                result = await Store.AppendAsync(Events.Segments(head, next, Large), CancellationToken.None);
            }
            return result;
        })).ToList();
        var readers = heads.Select(head => Task.Run(async () =>
        {
            var after = 0L;
            while (await Store.ReadAsync(head.Id, after, CancellationToken.None) is { } batch)
            {
                if (batch.IsEmpty)
                {
                    await Task.Yield();
                    continue;
                }
                Assert.That(batch.First, Is.EqualTo(after + 1));
                after = batch.Last;
            }
        })).ToList();

        await Task.WhenAll(heads.Select(async (head, index) =>
        {
            await reached[index].Task;
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Store.ForgetAsync(head.Id, CancellationToken.None).AsTask()));
        })).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.That(await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(60)), Is.All.EqualTo(AppendResult.Refused));
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60));
        foreach (var head in heads)
            await AssertForgottenAsync(head);
        await Eventually.Happens(async () => await CountBlocksAsync() == 0, "no event is in the database");
        foreach (var head in heads)
            await Store.OpenStreamAsync(head.Idempotency!.Key);
    }

    private async Task AssertForgottenAsync(StreamHead head)
    {
        Assert.That(await Store.FindAsync(head.Id, CancellationToken.None), Is.Null);
        Assert.That(await Store.ReadAsync(head.Id, 0, CancellationToken.None), Is.Null);
    }

    private Task<long> CountBlocksAsync() => _open!.CountBlocksAsync();
}
