using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.HotTail;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Stores.HotTail;

/// <summary>A stream that another node created, and that this node continues.</summary>
internal sealed class HotTailAdoptionTests
{
    private static readonly StreamHead Head = new(StreamId.New(), "lorem", DateTimeOffset.UnixEpoch);

    private readonly MemoryEventStreamStore _database = new(Options.Create(new StreamsOptions()), TimeProvider.System);
    private readonly Mock<IEventStreamStore> _inner = new();
    private readonly HotTailStore _store;
    private Func<StreamRecord?, StreamRecord?> _found = record => record;

    public HotTailAdoptionTests()
    {
        _inner.Setup(it => it.AppendAsync(It.IsAny<EventBatch>(), It.IsAny<byte[]?>(), default)).Returns(_database.AppendAsync);
        _inner.Setup(it => it.ReadAsync(Head.Id, It.IsAny<long>(), default)).Returns(_database.ReadAsync);
        _inner.Setup(it => it.FindAsync(Head.Id, default)).Returns(async () => _found(await _database.FindAsync(Head.Id, default)));
        _store = new HotTailStore(_inner.Object, new InProcessSignal(TimeProvider.System), Options.Create(new HotTailOptions()), TimeProvider.System);
    }

    private int Queries => _inner.Invocations.Count(call => call.Method.Name is nameof(IEventStreamStore.ReadAsync) or nameof(IEventStreamStore.FindAsync));

    [SetUp]
    public async Task CreateOnAnotherNode()
    {
        await _database.CreateAsync(Head, EventBatch.Create(Head.Id, 1, new StreamEvent(EventKind.Started, "{}"u8.ToArray())), null, default);
        await _database.AppendAsync(Segment(2), null, default);
    }

    [Test]
    public async Task CaughtUpViewer_OfAContinuedStream_DoesNotReadTheDatabase()
    {
        await AppendAsync(3);
        Assert.That(Queries, Is.EqualTo(1), "the record");

        for (var at = 4; at < 100; at++)
        {
            Assert.That((await _store.ReadAsync(Head.Id, at - 1, default).Soon())!.Value.IsEmpty, Is.True);
            await AppendAsync(at);
            Assert.That((await _store.ReadAsync(Head.Id, at - 1, default).Soon())!.Value.Last, Is.EqualTo(at));
            Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(at));
        }

        Assert.That(Queries, Is.EqualTo(1));
        Assert.That(await _store.FindAsync(Head.Id, default), Is.EqualTo(await _database.FindAsync(Head.Id, default)));
    }

    [Test]
    public async Task TerminalEvent_AsTheFirstAppend_ReadsNothing()
    {
        await _store.AppendAsync(EventBatch.Create(Head.Id, 3, new StreamEvent(EventKind.Failed, "{}"u8.ToArray())), null, default);

        Assert.That(Queries, Is.Zero);
        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Ending, Is.EqualTo(EventKind.Failed));
    }

    [Test]
    public async Task AppendOfAnotherNode_WhileTheRecordIsRead_EndsTheAdoption()
    {
        _found = record =>
        {
            _store.Appended(Head.Id);
            return record;
        };
        await AppendAsync(3);
        _found = record => record;
        await _database.AppendAsync(Segment(4), null, default);

        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(4));
        Assert.That((await _store.ReadAsync(Head.Id, 3, default).Soon())!.Value.Last, Is.EqualTo(4));
    }

    [Test]
    public async Task RecordWithLaterEvents_IsNotAdopted()
    {
        _found = record => record! with { Extent = record.Extent with { Last = 9 } };
        await AppendAsync(3);
        _found = record => record;
        await _database.AppendAsync(Segment(4), null, default);

        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(4));
    }

    [Test]
    public async Task LateNotificationOfTheOldOwner_EndsTheAdoption_UntilTheNextAppend()
    {
        await AppendAsync(3);
        _store.Appended(Head.Id);
        await AppendAsync(4);
        var before = Queries;

        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(4));
        Assert.That(Queries, Is.EqualTo(before));
    }

    [Test]
    public async Task UnavailableRecord_DoesNotFailTheAppend_AndIsReadAfterTheNextOne()
    {
        _found = _ => throw new StoreUnavailableException("away", new IOException());
        await AppendAsync(3);
        _found = record => record;
        await AppendAsync(4);
        var before = Queries;

        await AppendAsync(5);

        Assert.That((await _store.ReadAsync(Head.Id, 4, default).Soon())!.Value.Last, Is.EqualTo(5));
        Assert.That(Queries, Is.EqualTo(before));
    }

    private static EventBatch Segment(long at) => EventBatch.Create(Head.Id, at, new StreamEvent(EventKind.Segment, "word "u8.ToArray()));

    private async Task AppendAsync(long at) =>
        Assert.That(await _store.AppendAsync(Segment(at), null, default).Soon(), Is.EqualTo(AppendResult.Appended));
}
