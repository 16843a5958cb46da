using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>Requests and checkpoints.</summary>
internal abstract partial class EventStreamStoreContract
{
    private static readonly byte[] Request = [.. Enumerable.Range(0, 200 * 1024).Select(i => (byte)(i * i))];

    private static readonly byte[][] Checkpoints =
    [
        [], [0], [0xff, 0xfe, 0, 0x80], "'; drop table streams; --"u8.ToArray(), [.. Enumerable.Range(0, 4096).Select(i => (byte)i)],
    ];

    [Test]
    public async Task Create_KeepsTheRequest_UntilTheTerminalEvent()
    {
        var head = await CreateAsync(Request);
        await Store.AppendAsync(Events.Segments(head, 2, "a"), checkpoint: null, CancellationToken.None);
        await AssertKeptAsync(head, Request, null);

        await Store.AppendAsync(Events.End(head, 3), checkpoint: null, CancellationToken.None);

        await AssertKeptAsync(head, null, null);
    }

    [Test]
    public async Task Create_OfTheSameStreamAgain_KeepsTheFirstRequest()
    {
        var head = await CreateAsync([1]);

        var again = await Store.CreateAsync(head, Events.Started(head), [2], CancellationToken.None);

        Assert.That(again.Outcome, Is.EqualTo(CreateOutcome.Created));
        await AssertKeptAsync(head, [1], null);
    }

    [Test]
    public async Task Create_WithAUsedKey_KeepsNoRequest()
    {
        await Store.OpenStreamAsync("key");
        var second = Events.Head("key");

        await Store.CreateAsync(second, Events.Started(second), [1], CancellationToken.None);

        await AssertKeptAsync(second, null, null);
    }

    [TestCaseSource(nameof(Checkpoints))]
    public async Task Append_KeepsItsCheckpoint_ByteForByte(byte[] checkpoint)
    {
        var head = await CreateAsync([1]);

        await AppendedAsync(head, 2, "a", checkpoint);

        await AssertKeptAsync(head, [1], checkpoint);
    }

    [Test]
    public async Task Append_WithoutACheckpoint_KeepsTheLastOne_AndWithOne_ReplacesIt()
    {
        var head = await CreateAsync([1]);
        await AppendedAsync(head, 2, "a", [1, 2]);
        await AppendedAsync(head, 3, "b", checkpoint: null);
        await AssertKeptAsync(head, [1], [1, 2]);

        await AppendedAsync(head, 4, "c", [3]);

        await AssertKeptAsync(head, [1], [3]);
    }

    [TestCase(EventKind.Completed)]
    [TestCase(EventKind.Failed)]
    [TestCase(EventKind.Stopped)]
    public async Task Append_OfTheTerminalEvent_RemovesRequestAndCheckpoint(EventKind kind)
    {
        var head = await CreateAsync([1]);
        var other = await CreateAsync([2]);
        await AppendedAsync(head, 2, "a", [1]);
        await AppendedAsync(other, 2, "a", [2]);

        Assert.That(await Store.AppendAsync(Events.End(head, 3, kind), null, CancellationToken.None), Is.EqualTo(AppendResult.Appended));

        await AssertKeptAsync(head, null, null);
        await AssertKeptAsync(other, [2], [2]);
    }

    [Test]
    public async Task Append_OfTheTerminalEventWithACheckpoint_KeepsIt()
    {
        var head = await CreateAsync([1]);
        await AppendedAsync(head, 2, "a", [1]);

        Assert.That(await Store.AppendAsync(Events.End(head, 3), [9], CancellationToken.None), Is.EqualTo(AppendResult.Appended));

        await AssertKeptAsync(head, null, [9]);
    }

    [Test]
    public async Task Append_OfTheSameBatchAgain_WritesNoSecondCheckpoint()
    {
        var head = await CreateAsync([1]);
        await AppendedAsync(head, 2, "a", [1]);
        await AppendedAsync(head, 2, "a", [1]);
        await AssertKeptAsync(head, [1], [1]);

        await AppendedAsync(head, 2, "a", [2]);

        await AssertKeptAsync(head, [1], [1]);
        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Append_ThatIsRefused_ChangesNoCheckpoint()
    {
        var head = await CreateAsync([1]);
        await AppendedAsync(head, 2, "a", [1]);

        Assert.That(await Store.AppendAsync(Events.Segments(head, 4, "x"), [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.AppendAsync(Events.End(head, 4), [2], CancellationToken.None), Is.EqualTo(AppendResult.Refused));

        await AssertKeptAsync(head, [1], [1]);
    }

    [TestCaseSource(nameof(Checkpoints))]
    public async Task SaveCheckpoint_ReplacesTheCheckpoint_WithoutAnEvent(byte[] checkpoint)
    {
        var head = await CreateAsync([1]);
        await AppendedAsync(head, 2, "a", [1]);

        Assert.That(await Store.SaveCheckpointAsync(head.Id, checkpoint, CancellationToken.None), Is.EqualTo(AppendResult.Appended));

        await AssertKeptAsync(head, [1], checkpoint);
        Assert.That((await Store.FindAsync(head.Id, CancellationToken.None))!.Extent.Last, Is.EqualTo(2));
        await AppendedAsync(head, 3, "b", checkpoint: null);
        await AssertKeptAsync(head, [1], checkpoint);
    }

    [Test]
    public async Task SaveCheckpoint_OfAClosedOrUnknownStream_IsRefused()
    {
        var head = await CreateAsync([1]);
        await Store.AppendedAsync(Events.End(head, 2));

        Assert.That(await Store.SaveCheckpointAsync(head.Id, [1], CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.SaveCheckpointAsync(StreamId.New(), [1], CancellationToken.None), Is.EqualTo(AppendResult.Refused));

        await AssertKeptAsync(head, null, null);
    }

    [Test]
    public async Task ManyStreamsAtOnce_EachKeepsItsOwnRequestAndCheckpoint()
    {
        var heads = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => CreateAsync(i % 3 == 0 ? null : [(byte)i])));

        await Task.WhenAll(heads.Select((head, i) => AppendedAsync(head, 2, "a", i % 2 == 0 ? null : [(byte)i, 1])));
        await Task.WhenAll(heads.Where((_, i) => i % 5 == 0).Select(head => Store.AppendedAsync(Events.End(head, 3))));

        for (var i = 0; i < heads.Length; i++)
        {
            await AssertKeptAsync(heads[i], i % 3 == 0 || i % 5 == 0 ? null : [(byte)i], i % 2 == 0 || i % 5 == 0 ? null : [(byte)i, 1]);
        }
    }

    private async Task<StreamHead> CreateAsync(byte[]? request)
    {
        var head = Events.Head();
        var result = await Store.CreateAsync(head, Events.Started(head), request, CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head;
    }

    private async Task AppendedAsync(StreamHead head, long first, string text, byte[]? checkpoint) =>
        Assert.That(await Store.AppendAsync(Events.Segments(head, first, text), checkpoint, CancellationToken.None), Is.EqualTo(AppendResult.Appended));

    private async Task AssertKeptAsync(StreamHead head, byte[]? request, byte[]? checkpoint)
    {
        var kept = await _open!.FindKeptAsync(head.Id);
        Assert.That(kept.Request, Is.EqualTo(OutlivesItsProcess ? request : null), "request");
        Assert.That(kept.Checkpoint, Is.EqualTo(OutlivesItsProcess ? checkpoint : null), "checkpoint");
    }
}
