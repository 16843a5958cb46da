using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>Streams that clients write: found by a name, created with their first texts, and dropped at a time of their own.</summary>
internal abstract partial class EventStreamStoreContract
{
    private static readonly DateTimeOffset Expiry = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task FindByKey_ReturnsTheStream_UntilItIsForgotten()
    {
        var head = await Store.OpenStreamAsync("alice a/b ");
        await Store.AppendedAsync(Events.Segments(head, 2, "text"));

        var found = await Store.FindByKeyAsync("alice a/b ", CancellationToken.None);
        Assert.That(found, Is.EqualTo(await Store.FindAsync(head.Id, CancellationToken.None)));
        Assert.That(await Store.FindByKeyAsync("alice a/b", CancellationToken.None), Is.Null);

        await Store.ForgetAsync(head.Id, CancellationToken.None);
        Assert.That(await Store.FindByKeyAsync("alice a/b ", CancellationToken.None), Is.Null);
    }

    [TestCase(null)]
    [TestCase(EventKind.Completed)]
    public async Task Create_WithMoreThanTheFirstEvent_StoresAllOfThem(EventKind? ending)
    {
        var head = Events.Head();
        var page = new EventPage(head.Id, 1);
        page.Add(EventKind.Started, "{}"u8);
        page.AddSegment("one");
        page.AddSegment("two\n");
        if (ending is { } kind)
            page.Add(kind, "{}"u8);

        var result = await Store.CreateAsync(head, page.All, request: null, CancellationToken.None);

        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["one", "two\n"]));
        var extent = new StreamExtent(1, page.Count, ending is not null);
        Assert.That(await Store.FindAsync(head.Id, CancellationToken.None), Is.EqualTo(new StreamRecord(head, extent, ending, 2, 7)));
        Assert.That(await Store.AppendAsync(Events.Segments(head, page.Count + 1, "more"), null, CancellationToken.None),
            Is.EqualTo(ending is null ? AppendResult.Appended : AppendResult.Refused));
    }

    [Test]
    public async Task Create_WithItsEnd_IsDroppedAfterTheRetention()
    {
        var options = new StreamsOptions { Retention = TimeSpan.FromMinutes(10) };
        await ReopenAsync(options);
        var head = Events.Head();
        var page = new EventPage(head.Id, 1);
        page.Add(EventKind.Started, "{}"u8);
        page.Add(EventKind.Completed, "{}"u8);
        await Store.CreateAsync(head, page.All, request: null, CancellationToken.None);

        await AdvanceAsync(options.Retention * 2);

        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(1));
    }

    [Test]
    public async Task Find_ReturnsWhenAStreamExpires_AndRenewMovesIt()
    {
        var head = await CreateExpiringAsync(Expiry, TimeSpan.FromSeconds(90));
        var forever = await Store.OpenStreamAsync();
        Assert.That((await Store.FindAsync(head.Id, CancellationToken.None))!.Head, Is.EqualTo(head));

        await Store.RenewAsync(head.Id, Expiry.AddHours(1), CancellationToken.None);
        await Store.RenewAsync(forever.Id, Expiry.AddHours(1), CancellationToken.None);
        await Store.RenewAsync(StreamId.New(), Expiry.AddHours(1), CancellationToken.None);

        Assert.That((await Store.FindAsync(head.Id, CancellationToken.None))!.Head, Is.EqualTo(head with { Expires = Expiry.AddHours(1) }));
        Assert.That((await Store.FindAsync(forever.Id, CancellationToken.None))!.Head.Expires, Is.Null);
        await Store.AppendedAsync(Events.End(head, 2));
        await Store.RenewAsync(head.Id, Expiry.AddHours(2), CancellationToken.None);
        Assert.That((await Store.FindAsync(head.Id, CancellationToken.None))!.Head.Expires, Is.EqualTo(Expiry.AddHours(2)));
    }

    [Test]
    public async Task FindExpired_ReturnsOpenAndClosedStreams_ByTheirTime()
    {
        var open = await CreateExpiringAsync(Expiry, null);
        var closed = await CreateExpiringAsync(Expiry.AddMinutes(1), TimeSpan.FromMinutes(1));
        await Store.AppendedAsync(Events.End(closed, 2));
        await CreateExpiringAsync(Expiry.AddMinutes(3), null);
        await Store.OpenStreamAsync();

        Assert.That(await Store.FindExpiredAsync(Expiry.AddTicks(-10), CancellationToken.None), Is.Empty);
        Assert.That(await Store.FindExpiredAsync(Expiry, CancellationToken.None), Is.EqualTo([open.Id]));
        Assert.That(await Store.FindExpiredAsync(Expiry.AddMinutes(2), CancellationToken.None), Is.EquivalentTo([open.Id, closed.Id]));
    }

    [Test]
    public async Task DropExpired_LeavesStreamsWithATimeOfTheirOwn_WhichOnlyAFullStoreDrops()
    {
        var options = new StreamsOptions { Retention = TimeSpan.FromMinutes(10), MaxStreams = 2 };
        await ReopenAsync(options);
        var expiring = await CreateExpiringAsync(Expiry, null);
        await Store.AppendedAsync(Events.End(expiring, 2));
        var other = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.End(other, 2));

        await AdvanceAsync(options.Retention * 2);
        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(1));

        Assert.That(await Store.FindAsync(other.Id, CancellationToken.None), Is.Null);
        Assert.That(await Store.FindAsync(expiring.Id, CancellationToken.None), Is.Not.Null);
        await Store.OpenStreamAsync();
        await Store.OpenStreamAsync();
        Assert.That(await Store.FindAsync(expiring.Id, CancellationToken.None), Is.Null);
    }

    private async Task<StreamHead> CreateExpiringAsync(DateTimeOffset expires, TimeSpan? timeToLive)
    {
        var head = Events.Head() with { Expires = expires, TimeToLive = timeToLive };
        var result = await Store.CreateAsync(head, Events.Started(head), request: null, CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head;
    }
}
