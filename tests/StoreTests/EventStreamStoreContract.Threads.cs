using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>Threads, properties and lists.</summary>
internal abstract partial class EventStreamStoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Labels()
    {
        yield return new TestCaseData("t", "{}");
        yield return new TestCaseData("'; drop table streams; --", """{"text":"\u0000 ' \" \\"}""");
        yield return new TestCaseData("اسم 名前 \U0001F511", "{\"a\":\"é😀\"}");
        yield return new TestCaseData(new string('x', 128), $"\"{new string('x', (16 * 1024) - 2)}\"");
        yield return new TestCaseData(null, "null");
        yield return new TestCaseData("t", null);
    }

    [TestCaseSource(nameof(Labels))]
    public async Task Find_ReturnsTheThreadAndTheProperties_AlsoOfAClosedStream(string? thread, string? properties)
    {
        var head = Events.Head("key") with { Thread = thread, Properties = properties };
        await Store.CreateAsync(head, Events.Started(head), CancellationToken.None);

        var open = await Store.FindAsync(head.Id, CancellationToken.None);
        await Store.AppendedAsync(Events.End(head, 2));
        var closed = await Store.FindAsync(head.Id, CancellationToken.None);
        var again = Events.Head("key");

        Assert.That((open!.Head, closed!.Head), Is.EqualTo((head, head)));
        Assert.That(await Store.CreateAsync(again, Events.Started(again), CancellationToken.None), Is.EqualTo(new CreateResult(CreateOutcome.Exists, head)));
        if (thread is not null)
            Assert.That((await Store.FindLastAsync(null, thread, CancellationToken.None))!.Head, Is.EqualTo(head));
    }

    [TestCase("alice")]
    [TestCase(null)]
    public async Task FindLast_ReturnsTheNewestStreamOfTheOwnerAndTheThread(string? owner)
    {
        var other = owner is null ? "bob" : null;
        await CreateAsync(owner, "chat", minute: 1);
        var last = await CreateAsync(owner, "chat", minute: 5);
        await CreateAsync(owner, "chat", minute: 3);
        await CreateAsync(owner, "chat2", minute: 8);
        await CreateAsync(owner, null, minute: 8);
        await CreateAsync(other, "chat", minute: 9);
        await CreateAsync("'", "chat", minute: 9);

        Assert.That((await Store.FindLastAsync(owner, "chat", CancellationToken.None))?.Head, Is.EqualTo(last));
        await Store.AppendedAsync(Events.End(last, 2));
        Assert.That((await Store.FindLastAsync(owner, "chat", CancellationToken.None))!.Ending, Is.EqualTo(EventKind.Completed));
        Assert.That(await Store.FindLastAsync(owner, "no chat", CancellationToken.None), Is.Null);
        Assert.That(await Store.FindLastAsync("carol", "chat", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task FindLast_AfterTheNewestWasForgotten_ReturnsTheOneBefore()
    {
        var first = await CreateAsync("alice", "chat", minute: 1);
        var second = await CreateAsync("alice", "chat", minute: 2);

        await Store.ForgetAsync(second.Id, CancellationToken.None);

        Assert.That((await Store.FindLastAsync("alice", "chat", CancellationToken.None))?.Head, Is.EqualTo(first));
    }

    [Test]
    public async Task List_ReturnsThePagesOfTheOwnersStreams_NewestFirst([Values(1, 4, 100)] int pageSize)
    {
        var heads = new List<StreamHead>();
        for (var i = 0; i < 13; i++)
            // Some are created at the same time.
            heads.Add(await CreateAsync("alice", i % 2 == 0 ? "chat" : null, minute: i / 4, properties: "{}"));
        await CreateAsync("bob", "chat", minute: 0);
        await CreateAsync(null, "chat", minute: 0);

        var all = await ListAsync(pageSize);

        Assert.That(all.Select(record => record.Head.Id), Is.EquivalentTo(heads.Select(head => head.Id)));
        Assert.That(all.Select(record => record.Head.Created), Is.Ordered.Descending);
        Assert.That(all.Select(record => record.Head), Is.EquivalentTo(heads.Select(head => head with { Properties = null })));
        Assert.That(all, Is.EqualTo(await ListAsync(pageSize: 3)), "the order does not depend on the pages");
        Assert.That(
            await ListAsync(pageSize, thread: "chat"), Is.EqualTo(all.Where(record => record.Head.Thread == "chat")));
    }

    [Test]
    public async Task List_HasOnlyStreamsOfTheStatus()
    {
        var heads = new List<StreamHead>();
        for (var i = 0; i < 8; i++)
            heads.Add(await CreateAsync("alice", null, minute: i));
        EventKind[] endings = [EventKind.Completed, EventKind.Stopped, EventKind.Failed];
        for (var i = 0; i < 6; i++)
            await Store.AppendedAsync(Events.End(heads[i], 2, endings[i % 3]));

        foreach (var (status, expected) in new (StreamStatus?, int[])[]
            { (StreamStatus.Running, [7, 6]), (StreamStatus.Completed, [3, 0]), (StreamStatus.Stopped, [4, 1]), (StreamStatus.Failed, [5, 2]), (null, [7, 6, 5, 4, 3, 2, 1, 0]) })
        {
            var records = await ListAsync(pageSize: 1, status);
            Assert.That(records.Select(record => record.Head.Id), Is.EqualTo(expected.Select(i => heads[i].Id)), $"{status}");
            Assert.That(records.Select(record => record.Status), status is null ? Is.Not.Empty : Is.All.EqualTo(status));
        }
    }

    [Test]
    public async Task List_AfterAStreamThatWasForgotten_GoesOn()
    {
        var oldest = await CreateAsync("alice", null, minute: 1);
        var forgotten = await CreateAsync("alice", null, minute: 2);
        await Store.ForgetAsync(forgotten.Id, CancellationToken.None);

        var rest = await Store.ListAsync("alice", status: null, thread: null, forgotten, limit: 9, CancellationToken.None);

        Assert.That(rest.Select(record => record.Head), Is.EqualTo([oldest]));
    }

    private async Task<StreamHead> CreateAsync(string? owner, string? thread, int minute, string? properties = null)
    {
        var head = Events.Head() with { Owner = owner, Thread = thread, Properties = properties, Created = Noon.AddMinutes(minute) };
        Assert.That((await Store.CreateAsync(head, Events.Started(head), CancellationToken.None)).Outcome, Is.EqualTo(CreateOutcome.Created));
        return head;
    }

    /// <summary>The whole list of alice, read page by page.</summary>
    private async Task<List<StreamRecord>> ListAsync(int pageSize, StreamStatus? status = null, string? thread = null)
    {
        var all = new List<StreamRecord>();
        while (true)
        {
            var page = await Store.ListAsync("alice", status, thread, all.LastOrDefault()?.Head, pageSize, CancellationToken.None);
            Assert.That(page, Has.Count.LessThanOrEqualTo(pageSize));
            all.AddRange(page);
            if (page.Count < pageSize)
                return all;
        }
    }
}
