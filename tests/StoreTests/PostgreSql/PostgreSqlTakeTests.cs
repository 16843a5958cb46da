using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>A node takes a stream that clients write, whichever node owned it.</summary>
[TestFixture]
internal sealed class PostgreSqlTakeTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task Take_FencesTheFormerOwner_AndReturnsWhatItStored()
    {
        var (first, second) = (await StartNodeAsync(), await StartNodeAsync());
        var head = await CreateExternalAsync(first);
        await AppendedAsync(first, head, 2, [1]);

        var taken = (await second.Cluster.TakeAsync(head.Id, CancellationToken.None))!;

        Assert.That((taken.Record.Extent.Last, taken.Record.Segments, taken.IsStopRequested), Is.EqualTo((2, 1, false)));
        Assert.That(taken.Checkpoint, Is.EqualTo(new byte[] { 1 }));
        Assert.That(await first.Store.AppendAsync(Events.Segments(head, 3, "x"), [9], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        await AppendedAsync(second, head, 3, [2]);
        Assert.That(await second.Cluster.TakeOverAsync(CancellationToken.None), Is.Empty, "it is not a stream of a dead node");
    }

    [Test]
    public async Task Take_InTurn_WithTheHotTail_IsRightOnBothNodes()
    {
        var nodes = new[] { await StartNodeAsync(), await StartNodeAsync() };
        var head = Events.Head() with { Source = ExternalSource.Name };
        await nodes[0].HotStore.CreateAsync(head, Events.Started(head), request: null, CancellationToken.None);
        var expected = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            var node = nodes[(i + 1) % 2];
            var taken = (await node.Cluster.TakeAsync(head.Id, CancellationToken.None))!;
            Assert.That(taken.Record.Extent.Last, Is.EqualTo(i + 1));
            Assert.That(await node.HotStore.AppendAsync(Events.Segments(head, i + 2, $"{i}"), [(byte)i], CancellationToken.None), Is.EqualTo(AppendResult.Appended));
            expected.Add($"{i}");
            // What this node has appended itself is right at once; the other one hears of it.
            Assert.That(await node.HotStore.ReadTextsAsync(head.Id), Is.EqualTo(expected));
            Assert.That((await node.HotStore.FindAsync(head.Id, CancellationToken.None))!.Extent.Last, Is.EqualTo(i + 2));
            var other = nodes[i % 2];
            var last = i + 2;
            await Eventually.Happens(
                async () => (await other.HotStore.FindAsync(head.Id, CancellationToken.None))!.Extent.Last == last, "the other node hears of the append");
            Assert.That(await other.HotStore.ReadTextsAsync(head.Id), Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task Take_OfAClosedStream_ReturnsItsCheckpoint_OfAnUnknownOneNothing()
    {
        var node = await StartNodeAsync();
        var head = await CreateExternalAsync(node);
        Assert.That(await node.Store.AppendAsync(Events.End(head, 2), [7], CancellationToken.None), Is.EqualTo(AppendResult.Appended));

        var taken = (await node.Cluster.TakeAsync(head.Id, CancellationToken.None))!;

        Assert.That((taken.Record.Ending, taken.Checkpoint), Is.EqualTo(((EventKind?)EventKind.Completed, new byte[] { 7 })));
        Assert.That(await node.Cluster.TakeAsync(StreamId.New(), CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Take_OfAGeneration_IsNotPossible()
    {
        var (first, second) = (await StartNodeAsync(), await StartNodeAsync());
        var head = await CreateAsync(first, request: null);
        Assert.That(await second.Cluster.TakeAsync(head.Id, CancellationToken.None), Is.Null);
        await AppendedAsync(first, head, 2, null);
    }

    [Test]
    public async Task Take_ByANodeThatLostItsLease_TakesItWithANewOne()
    {
        var (first, second) = (await StartNodeAsync(), await StartTakerAsync());
        var head = await CreateExternalAsync(first);
        await AgeLeaseAsync(first, LongerThanALease);
        Assert.That((await TakeAllAsync(second)).Select(stream => stream.Record.Head.Id), Is.EqualTo(new[] { head.Id }));

        Assert.That(await first.Cluster.TakeAsync(head.Id, CancellationToken.None), Is.Not.Null);

        await AppendedAsync(first, head, 2, null);
    }

    private static async Task<StreamHead> CreateExternalAsync(PostgreSqlNode node)
    {
        var head = Events.Head() with { Source = ExternalSource.Name };
        var result = await node.Store.CreateAsync(head, Events.Started(head), request: null, CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head;
    }
}
