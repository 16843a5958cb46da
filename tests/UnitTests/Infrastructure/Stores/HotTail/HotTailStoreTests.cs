using System.Text;
using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.HotTail;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Stores.HotTail;

/// <summary>With an in-memory store as the database, whose calls are recorded.</summary>
internal sealed class HotTailStoreTests
{
    private static readonly StreamEvent Started = new(EventKind.Started, "{}"u8.ToArray());
    private static readonly StreamEvent Completed = new(EventKind.Completed, "{}"u8.ToArray());

    private readonly HotTailOptions _options = new();
    private readonly MemoryEventStreamStore _database;
    private readonly Mock<IEventStreamStore> _inner = new();
    private readonly InProcessSignal _signal = new(TimeProvider.System);
    private HotTailStore _store = null!;

    public HotTailStoreTests()
    {
        _database = new MemoryEventStreamStore(Options.Create(new StreamsOptions()), TimeProvider.System);
        _inner.Setup(it => it.CreateAsync(It.IsAny<StreamHead>(), It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>())).Returns(_database.CreateAsync);
        _inner.Setup(it => it.AppendAsync(It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>())).Returns(_database.AppendAsync);
        _inner.Setup(it => it.ReadAsync(It.IsAny<StreamId>(), It.IsAny<long>(), It.IsAny<CancellationToken>())).Returns(_database.ReadAsync);
        _inner.Setup(it => it.FindAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>())).Returns(_database.FindAsync);
        _inner.Setup(it => it.TrimAsync(It.IsAny<StreamId>(), It.IsAny<long>(), It.IsAny<CancellationToken>())).Returns(_database.TrimAsync);
        _inner.Setup(it => it.ForgetAsync(It.IsAny<StreamId>(), It.IsAny<CancellationToken>())).Returns(_database.ForgetAsync);
    }

    private int Reads => _inner.Invocations.Count(call => call.Method.Name == nameof(IEventStreamStore.ReadAsync));

    [SetUp]
    public void SetUp() => Reopen();

    [Test]
    public async Task Viewers_OfAStreamOfThisNode_DoNotReadTheDatabase()
    {
        var streamId = await CreateAsync();
        for (var sequence = 2; sequence < 3_000; sequence++)
            await AppendAsync(streamId, sequence, Segment($"{sequence} "));
        await AppendAsync(streamId, 3_000, Completed);

        for (var viewer = 0; viewer < 20; viewer++)
            Assert.That(await ReadAllAsync(streamId, after: viewer * 100), Has.Count.EqualTo(3_000 - (viewer * 100)));

        Assert.That(Reads, Is.Zero);
    }

    [Test]
    public async Task Find_OfAStreamOfThisNode_ReturnsTheRecordOfTheDatabase()
    {
        var streamId = await CreateAsync();
        await AppendAsync(streamId, 2, Segment("é😀"), Segment(""));
        var open = await _store.FindAsync(streamId, CancellationToken.None);
        Assert.That(open, Is.EqualTo(await _database.FindAsync(streamId, CancellationToken.None)));

        await AppendAsync(streamId, 4, Completed);

        Assert.That(await _store.FindAsync(streamId, CancellationToken.None), Is.EqualTo(await _database.FindAsync(streamId, CancellationToken.None)));
    }

    [Test]
    public async Task Viewers_OfAStreamOfAnotherNode_ShareTheReadsOfTheDatabase()
    {
        var streamId = await CreateOnAnotherNodeAsync(events: 3_000);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => ReadAllAsync(streamId, after: 0)))).Soon();
        var first = Reads;
        for (var i = 0; i < 50; i++)
            await ReadAllAsync(streamId, after: 0);

        Assert.That(Reads, Is.EqualTo(first), "all events are in memory now");
        Assert.That(first, Is.LessThan(50));
    }

    [Test]
    public async Task Append_OfAnotherNode_IsReadAfterItsNotification()
    {
        var streamId = await CreateOnAnotherNodeAsync(events: 10);
        await ReadAllAsync(streamId, after: 0);
        Assert.That(await ReadAllAsync(streamId, after: 10), Is.Empty);
        using var subscription = _signal.Subscribe(streamId, TimeSpan.FromHours(1), live: null, CancellationToken.None);

        await _database.AppendAsync(EventBatch.Create(streamId, 11, Segment("more")), CancellationToken.None);
        _store.Appended(streamId);

        Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Notified), "a waiting reader wakes up");
        Assert.That(await ReadAllAsync(streamId, after: 10), Is.EqualTo(new[] { "more" }));
    }

    [Test]
    public async Task Append_OfAnotherNode_WhoseNotificationWasMissed_IsReadAfterNotificationsMissed()
    {
        var streamId = await CreateOnAnotherNodeAsync(events: 10);
        await ReadAllAsync(streamId, after: 0);
        using var subscription = _signal.Subscribe(streamId, TimeSpan.FromHours(1), live: null, CancellationToken.None);

        await _database.AppendAsync(EventBatch.Create(streamId, 11, Segment("more")), CancellationToken.None);
        _store.NotificationsMissed();

        Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Notified));
        Assert.That(await ReadAllAsync(streamId, after: 10), Is.EqualTo(new[] { "more" }));
    }

    [Test]
    public async Task Append_ThatIsRefused_EndsTheOwnership()
    {
        var streamId = await CreateAsync();
        await _database.AppendAsync(EventBatch.Create(streamId, 2, Segment("by another node"), Completed), CancellationToken.None);

        Assert.That(await _store.AppendAsync(EventBatch.Create(streamId, 2, Segment("late")), CancellationToken.None), Is.EqualTo(AppendResult.Refused));

        Assert.That((await _store.FindAsync(streamId, CancellationToken.None))!.Ending, Is.EqualTo(EventKind.Completed));
        Assert.That(await ReadAllAsync(streamId, after: 1), Is.EqualTo(new[] { "by another node", "{}" }));
    }

    [Test]
    public async Task Append_ThatFails_AddsNothing()
    {
        var streamId = await CreateAsync();
        _inner.Setup(it => it.AppendAsync(It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>())).Throws(Faults.StoreDown);

        Assert.That(async () => await AppendAsync(streamId, 2, Segment("lost")), Throws.InstanceOf<StoreUnavailableException>());

        Assert.That(await ReadAllAsync(streamId, after: 1), Is.Empty);
    }

    [Test]
    public async Task Read_ThatFails_IsNotCached()
    {
        var streamId = await CreateOnAnotherNodeAsync(events: 5);
        _inner.Setup(it => it.ReadAsync(streamId, 0, It.IsAny<CancellationToken>())).Throws(Faults.StoreDown);
        Assert.That(() => ReadAllAsync(streamId, after: 0), Throws.InstanceOf<StoreUnavailableException>());

        _inner.Setup(it => it.ReadAsync(streamId, It.IsAny<long>(), It.IsAny<CancellationToken>())).Returns(_database.ReadAsync);

        Assert.That(await ReadAllAsync(streamId, after: 0), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task Read_SharedByTwo_CancelledByOne_ContinuesForTheOther()
    {
        var streamId = await CreateOnAnotherNodeAsync(events: 5);
        var answer = new TaskCompletionSource<EventBatch?>();
        _inner.Setup(it => it.ReadAsync(streamId, 0, It.IsAny<CancellationToken>())).Returns(() => new ValueTask<EventBatch?>(answer.Task));
        using var leave = new CancellationTokenSource();
        var leaving = _store.ReadAsync(streamId, 0, leave.Token).AsTask();
        var staying = _store.ReadAsync(streamId, 0, CancellationToken.None).AsTask();

        await leave.CancelAsync();
        Assert.That(async () => await leaving.Soon(), Throws.InstanceOf<OperationCanceledException>());
        answer.SetResult(await _database.ReadAsync(streamId, 0, CancellationToken.None));

        Assert.That((await staying.Soon())!.Value.Count, Is.EqualTo(5));
    }

    [Test]
    public async Task Bytes_AboveTheLimit_AreDroppedAndReadAgainFromTheDatabase()
    {
        _options.HotTailBytes = 256 * 1024;
        Reopen();
        var streams = new List<StreamId>();
        for (var i = 0; i < 20; i++)
        {
            streams.Add(await CreateAsync());
            for (var sequence = 2; sequence < 40; sequence++)
                await AppendAsync(streams[i], sequence, Segment(new string('x', 1_000)));
        }

        foreach (var streamId in streams)
            Assert.That(await ReadAllAsync(streamId, after: 0), Has.Count.EqualTo(39));
        // All streams have more than three times the bytes that may be in memory.
        Assert.That(Reads, Is.GreaterThan(10));
    }

    [Test]
    public async Task Bytes_OfDroppedStreams_AreFree()
    {
        _options.HotTailBytes = 256 * 1024;
        Reopen();
        var kept = await CreateAsync();
        await AppendAsync(kept, 2, Segment(new string('x', 50_000)));
        for (var i = 0; i < 100; i++)
        {
            var dropped = await CreateOnAnotherNodeAsync(events: 100);
            await ReadAllAsync(dropped, after: 0);
            _inner.Setup(it => it.ReadAsync(dropped, It.IsAny<long>(), It.IsAny<CancellationToken>())).ReturnsAsync((EventBatch?)null);
            _store.Appended(dropped);
            Assert.That(await _store.ReadAsync(dropped, 100, CancellationToken.None), Is.Null);
        }
        var before = Reads;

        await ReadAllAsync(kept, after: 0);

        Assert.That(Reads, Is.EqualTo(before), "nothing was evicted");
    }

    [Test]
    public async Task Forget_DropsTheEvents_AndWakesTheReaders([Values] bool isOnAnotherNode)
    {
        var streamId = await CreateAsync();
        await AppendAsync(streamId, 2, Segment("word"));
        using var subscription = _signal.Subscribe(streamId, TimeSpan.FromHours(1), live: null, CancellationToken.None);

        if (isOnAnotherNode)
        {
            await _database.ForgetAsync(streamId, CancellationToken.None);
            _store.Forgotten(streamId);
        }
        else
        {
            await _store.ForgetAsync(streamId, CancellationToken.None);
        }

        Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Notified));
        Assert.That(await _store.FindAsync(streamId, CancellationToken.None), Is.Null);
        Assert.That(await _store.ReadAsync(streamId, 1, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Forget_ThatFails_LeavesTheAnswerToTheDatabase([Values] bool isForgotten)
    {
        var streamId = await CreateAsync();
        _inner.Setup(it => it.ForgetAsync(streamId, It.IsAny<CancellationToken>())).Returns(async () =>
        {
            if (isForgotten)
                await _database.ForgetAsync(streamId, CancellationToken.None);
            throw Faults.StoreDown;
        });

        Assert.That(async () => await _store.ForgetAsync(streamId, CancellationToken.None), Throws.InstanceOf<StoreUnavailableException>());

        Assert.That(await _store.FindAsync(streamId, CancellationToken.None) is null, Is.EqualTo(isForgotten));
        Assert.That(await _store.ReadAsync(streamId, 0, CancellationToken.None) is null, Is.EqualTo(isForgotten));
    }

    [Test]
    public async Task Forget_DuringAnAppend_LeavesNothingToRead()
    {
        var streamId = await CreateAsync();
        _inner.Setup(it => it.AppendAsync(It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), It.IsAny<CancellationToken>()))
            .Returns(async (EventBatch batch, byte[]? checkpoint, CancellationToken token) =>
            {
                var result = await _database.AppendAsync(batch, checkpoint, token);
                // The append is committed, but its caller has not been told.
                await _store.ForgetAsync(streamId, CancellationToken.None);
                return result;
            });
        await AppendAsync(streamId, 2, Segment("word"));

        Assert.That(await _store.FindAsync(streamId, CancellationToken.None), Is.Null);
        Assert.That(await _store.ReadAsync(streamId, 0, CancellationToken.None), Is.Null);
        Assert.That(await _store.ReadAsync(streamId, 2, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Create_OfTheSameStreamAgain_KeepsWhatWasAppended()
    {
        var head = new StreamHead(StreamId.New(), "test", default);
        await _store.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None);
        await AppendAsync(head.Id, 2, Segment("word"));

        var again = await _store.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None);

        Assert.That(again.Outcome, Is.EqualTo(CreateOutcome.Created));
        Assert.That((await _store.FindAsync(head.Id, CancellationToken.None))!.Extent, Is.EqualTo(new StreamExtent(1, 2, false)));
        Assert.That(await ReadAllAsync(head.Id, after: 0), Is.EqualTo(new[] { "{}", "word" }));
    }

    [Test]
    public async Task Trim_ExpiresPositionsBeforeIt()
    {
        var streamId = await CreateAsync();
        for (var sequence = 2; sequence <= 2_000; sequence++)
            await AppendAsync(streamId, sequence, Segment($"{sequence} of some length "));

        await _store.TrimAsync(streamId, 1_500, CancellationToken.None);

        var extent = (await _store.FindAsync(streamId, CancellationToken.None))!.Extent;
        Assert.That(extent.First, Is.InRange(1_000, 1_500));
        Assert.That((await _store.ReadAsync(streamId, extent.First - 1, CancellationToken.None))!.Value.First, Is.EqualTo(extent.First));
    }

    [Test]
    public async Task Readers_DuringAppends_WithASmallLimit_SeeEveryEventOnceAndInOrder()
    {
        const int events = 4_000;
        _options.HotTailBytes = 64 * 1024;
        Reopen();
        var streamId = await CreateAsync();
        var readers = Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            var after = 0L;
            while (true)
            {
                var batch = (await _store.ReadAsync(streamId, after, CancellationToken.None))!.Value;
                if (batch.IsEmpty)
                {
                    await Task.Yield();
                    continue;
                }
                Assert.That(batch.First, Is.EqualTo(after + 1));
                after = batch.Last;
                if (batch.EndsStream)
                    return after;
                // One reader is slow, so that its next events have been dropped.
                if (number == 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }
        })).ToList();

        for (var sequence = 2; sequence < events; sequence++)
            await AppendAsync(streamId, sequence, Segment($"{sequence} with a text that fills pages quickly"));
        await AppendAsync(streamId, events, Completed);

        Assert.That(await Task.WhenAll(readers).Soon(), Is.All.EqualTo(events));
    }

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));

    private void Reopen() => _store = new HotTailStore(_inner.Object, _signal, Options.Create(_options), TimeProvider.System);

    private async Task<StreamId> CreateAsync()
    {
        var head = new StreamHead(StreamId.New(), "test", default);
        await _store.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None);
        return head.Id;
    }

    private async Task<StreamId> CreateOnAnotherNodeAsync(int events)
    {
        var head = new StreamHead(StreamId.New(), "test", default);
        await _database.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None);
        for (var sequence = 2; sequence <= events; sequence++)
            await _database.AppendAsync(EventBatch.Create(head.Id, sequence, Segment($"{sequence} ")), CancellationToken.None);
        return head.Id;
    }

    private async Task AppendAsync(StreamId streamId, long first, params StreamEvent[] events) =>
        Assert.That(await _store.AppendAsync(EventBatch.Create(streamId, first, events), CancellationToken.None), Is.EqualTo(AppendResult.Appended));

    private async Task<List<string>> ReadAllAsync(StreamId streamId, long after)
    {
        var texts = new List<string>();
        while (await _store.ReadAsync(streamId, after, CancellationToken.None) is { IsEmpty: false } batch)
        {
            Assert.That(batch.First, Is.EqualTo(after + 1));
            for (var i = 0; i < batch.Count; i++)
                texts.Add(Encoding.UTF8.GetString(batch[i].Data.Span));
            after = batch.Last;
            if (batch.EndsStream)
                break;
        }
        return texts;
    }
}
