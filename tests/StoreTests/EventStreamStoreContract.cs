using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>The contract of every store. A subclass opens one.</summary>
internal abstract partial class EventStreamStoreContract
{
    private StoreUnderTest? _open;

    /// <summary>False if a dropped stream, which is no longer found, may still be readable for a while.</summary>
    protected virtual bool ForgetsAtOnce => true;

    /// <summary>False if the store keeps nothing for another process.</summary>
    protected virtual bool OutlivesItsProcess => true;

    private IEventStreamStore Store => (_open ?? throw new InvalidOperationException("No store was opened.")).Store;

    /// <summary>An empty store.</summary>
    protected abstract Task<StoreUnderTest> OpenAsync(StreamsOptions options);

    [SetUp]
    public Task OpenStoreAsync() => ReopenAsync(new StreamsOptions());

    [TearDown]
    public async Task CloseStoreAsync()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        _open = null;
    }

    [Test]
    public async Task Find_AfterCreate_ReturnsTheHeadOfAnOpenStream()
    {
        var head = await Store.OpenStreamAsync("key");

        var record = await Store.FindAsync(head.Id, CancellationToken.None);

        Assert.That(record, Is.EqualTo(new StreamRecord(head, new StreamExtent(1, 1, false), null, 0, 0)));
    }

    [TestCase(null, true)]
    [TestCase("alice", false)]
    [TestCase("'; drop table streams; --", false)]
    [TestCase("اسم 名前 \U0001F511", true)]
    public async Task Find_ReturnsTheOwner_AlsoOfAClosedStream(string? owner, bool isShared)
    {
        var head = Events.Head("key") with { Owner = owner, IsShared = isShared };
        await Store.CreateAsync(head, Events.Started(head), CancellationToken.None);

        var open = await Store.FindAsync(head.Id, CancellationToken.None);
        await Store.AppendedAsync(Events.End(head, 2));
        var closed = await Store.FindAsync(head.Id, CancellationToken.None);

        Assert.That(open!.Head, Is.EqualTo(head));
        Assert.That(closed!.Head, Is.EqualTo(head));
    }

    [Test]
    public async Task Create_WithAUsedKey_ReturnsTheOwnerOfTheFirstStream()
    {
        var first = Events.Head("key") with { Owner = new string('x', 255) };
        await Store.CreateAsync(first, Events.Started(first), CancellationToken.None);
        var second = Events.Head("key") with { Owner = "another" };

        var result = await Store.CreateAsync(second, Events.Started(second), CancellationToken.None);

        Assert.That(result, Is.EqualTo(new CreateResult(CreateOutcome.Exists, first)));
    }

    [Test]
    public async Task FindAndRead_OfAnUnknownStream_ReturnNull()
    {
        Assert.That(await Store.FindAsync(StreamId.New(), CancellationToken.None), Is.Null);
        Assert.That(await Store.ReadAsync(StreamId.New(), 0, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Find_CountsSegmentsAndCharacters()
    {
        var head = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.Segments(head, 2, "ab", "", "😀"));
        await Store.AppendedAsync(Events.Segments(head, 5, "é"));

        var open = await Store.FindAsync(head.Id, CancellationToken.None);
        await Store.AppendedAsync(Events.End(head, 6, EventKind.Stopped));
        var closed = await Store.FindAsync(head.Id, CancellationToken.None);

        Assert.That(open, Is.EqualTo(new StreamRecord(head, new StreamExtent(1, 5, false), null, 4, 5)));
        Assert.That(closed, Is.EqualTo(new StreamRecord(head, new StreamExtent(1, 6, true), EventKind.Stopped, 4, 5)));
    }

    [Test]
    public async Task Read_ReturnsWhatWasAppended_ByteForByte()
    {
        string[] texts =
            ["", " ", "a\r\nb", "\r", "\n\n", "\0", "é", "👩‍👩‍👧", "\uFFFD", "data: x", new string('x', 3_000_000), "'; drop table streams; --"];
        var head = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.Segments(head, 2, texts.AsSpan(..6)));
        for (var i = 6; i < texts.Length; i++)
            await Store.AppendedAsync(Events.Segments(head, 2 + i, texts[i]));
        await Store.AppendedAsync(Events.End(head, 14));

        var events = await Store.ReadAllAsync(head.Id);

        Assert.That(events.Select(item => item.Kind), Is.EqualTo(
            [EventKind.Started, .. Enumerable.Repeat(EventKind.Segment, texts.Length), EventKind.Completed]));
        Assert.That(events[1..^1].Select(Events.Text), Is.EqualTo(texts));
        Assert.That(Events.Text(events[0]), Is.EqualTo("{}"));
        Assert.That(Events.Text(events[^1]), Is.EqualTo("""{"end":true}"""));
    }

    [Test]
    public async Task Read_FromAnyPosition_ReturnsTheNextEvents()
    {
        var head = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.Segments(head, 2, "a", "b", "c"));
        await Store.AppendedAsync(Events.Segments(head, 5, "d"));

        for (var after = 0; after <= 5; after++)
            Assert.That(await Store.ReadTextsAsync(head.Id, after), Is.EqualTo(new[] { "a", "b", "c", "d" }[Math.Max(0, after - 1)..]));
    }

    [Test]
    public async Task Read_AtTheEnd_IsEmptyUntilTheNextAppend()
    {
        var head = await Store.OpenStreamAsync();

        var before = await Store.ReadAsync(head.Id, 1, CancellationToken.None);
        await Store.AppendedAsync(Events.Segments(head, 2, "a"));

        Assert.That(before!.Value.IsEmpty, Is.True);
        Assert.That(await Store.ReadTextsAsync(head.Id, 1), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Append_ThatDoesNotFollowTheLastEvent_IsRefused([Values(1, 2, 4)] int first)
    {
        var head = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.Segments(head, 2, "a"));

        Assert.That(await Store.AppendAsync(Events.Segments(head, first, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Append_AfterTheTerminalEvent_IsRefused()
    {
        var head = await Store.OpenStreamAsync();
        await Store.AppendedAsync(Events.End(head, 2));

        Assert.That(await Store.AppendAsync(Events.Segments(head, 3, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.AppendAsync(Events.End(head, 3), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That((await Store.FindAsync(head.Id, CancellationToken.None))!.Extent, Is.EqualTo(new StreamExtent(1, 2, true)));
    }

    [Test]
    public async Task Append_ToAnUnknownStream_IsRefused() =>
        Assert.That(await Store.AppendAsync(Events.Segments(Events.Head(), 2, "x"), CancellationToken.None), Is.EqualTo(AppendResult.Refused));

    [Test]
    public async Task Append_OfTheSameBatchAgain_ChangesNothingAndIsAppended()
    {
        var head = await Store.OpenStreamAsync();
        var batch = Events.Segments(head, 2, "a", "b");
        await Store.AppendedAsync(batch);
        await Store.AppendedAsync(batch);
        await Store.AppendedAsync(Events.End(head, 4));
        await Store.AppendedAsync(Events.End(head, 4));

        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["a", "b"]));
        Assert.That(await Store.FindAsync(head.Id, CancellationToken.None),
            Is.EqualTo(new StreamRecord(head, new StreamExtent(1, 4, true), EventKind.Completed, 2, 2)));
    }

    [TestCase(null)]
    [TestCase("key")]
    public async Task Create_OfTheSameStreamAgain_ChangesNothingAndIsCreated(string? key)
    {
        var head = await Store.OpenStreamAsync(key);

        var again = await Store.CreateAsync(head, Events.Started(head), CancellationToken.None);

        Assert.That(again, Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        Assert.That(await Store.ReadAllAsync(head.Id), Has.Count.EqualTo(1));
    }

    [TestCase(null)]
    [TestCase("key")]
    public async Task Create_OfTheSameStreamAgain_AfterAppends_KeepsThem(string? key)
    {
        var head = await Store.OpenStreamAsync(key);
        await Store.AppendedAsync(Events.Segments(head, 2, "a", "b"));

        var again = await Store.CreateAsync(head, Events.Started(head), CancellationToken.None);
        var record = await Store.FindAsync(head.Id, CancellationToken.None);
        await Store.AppendedAsync(Events.Segments(head, 4, "c"));

        Assert.That(again, Is.EqualTo(new CreateResult(CreateOutcome.Created)));
        Assert.That(record, Is.EqualTo(new StreamRecord(head, new StreamExtent(1, 3, false), null, 2, 2)));
        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["a", "b", "c"]));
    }

    [Test]
    public async Task HundredThousandEvents_AreReadInOrder()
    {
        const int count = 100_000;
        const int perBatch = 250;
        var head = await Store.OpenStreamAsync();
        for (var first = 2; first < count; first += perBatch)
            await Store.AppendedAsync(Events.Segments(head, first, [.. Enumerable.Range(first, perBatch).Select(i => $"{i} ")]));

        var texts = await Store.ReadTextsAsync(head.Id);

        Assert.That(texts, Is.EqualTo(Enumerable.Range(2, texts.Length).Select(i => $"{i} ")));
        Assert.That(texts, Has.Length.EqualTo(count));
    }

    [Test]
    public async Task ManyStreamsAtOnce_EachKeepsItsOrder_AndReadersSeeNoGap()
    {
        const int streams = 40;
        const int count = 50;
        var heads = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Store.OpenStreamAsync()));
        var writers = heads.Select(head => Task.Run(async () =>
        {
            for (var i = 2; i < count; i++)
                await Store.AppendedAsync(Events.Segments(head, i, $"{i} "));
            await Store.AppendedAsync(Events.End(head, count));
        }));
        var readers = heads.Select(head => Task.Run(async () =>
        {
            for (var after = 0L; after < count;)
            {
                var batch = await Store.ReadAsync(head.Id, after, CancellationToken.None);
                Assert.That(batch, Is.Not.Null);
                if (batch!.Value.IsEmpty)
                    await Task.Yield();
                else
                    Assert.That(batch.Value.First, Is.EqualTo(after + 1));
                after = batch.Value.IsEmpty ? after : batch.Value.Last;
            }
        }));

        await Task.WhenAll(writers.Concat(readers)).WaitAsync(TimeSpan.FromSeconds(60));

        foreach (var head in heads)
            Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(Enumerable.Range(2, count - 2).Select(i => $"{i} ")));
    }

    [Test]
    public async Task Append_ThatIsCancelled_CanBeRepeated()
    {
        var head = await Store.OpenStreamAsync();
        using var cancellation = new CancellationTokenSource();
        var batch = Events.Segments(head, 2, "a");
        var append = Store.AppendAsync(batch, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await ((Task)append).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await Store.AppendedAsync(batch);

        Assert.That(await Store.ReadTextsAsync(head.Id), Is.EqualTo(["a"]));
    }

    private async Task ReopenAsync(StreamsOptions options)
    {
        await CloseStoreAsync();
        _open = await OpenAsync(options);
    }

    private Task AdvanceAsync(TimeSpan time) => _open!.AdvanceAsync(time);
}
