using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.HotTail;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Stores.HotTail;

/// <summary>During an append, the database may have the events, and another node may have shown them, before this node knows.</summary>
internal sealed class HotTailAppendTests
{
    private static readonly StreamHead Head = new(StreamId.New(), "lorem", DateTimeOffset.UnixEpoch);
    private static readonly EventBatch Started = EventBatch.Create(Head.Id, 1, new StreamEvent(EventKind.Started, "{}"u8.ToArray()));
    private static readonly EventBatch Word = EventBatch.Create(Head.Id, 2, new StreamEvent(EventKind.Segment, "Lorem"u8.ToArray()));
    private static readonly StreamRecord WithWord = new(Head, new StreamExtent(1, 2, false), null, 1, 5);

    private readonly Mock<IEventStreamStore> _database = new();
    private readonly TaskCompletionSource<AppendResult> _append = new();
    private readonly HotTailStore _store;

    public HotTailAppendTests()
    {
        _database.Setup(store => store.CreateAsync(Head, Started, null, default)).ReturnsAsync(new CreateResult(CreateOutcome.Created));
        _database.Setup(store => store.AppendAsync(Word, It.IsAny<byte[]?>(), default)).Returns(() => new ValueTask<AppendResult>(_append.Task));
        _database.Setup(store => store.FindAsync(Head.Id, default)).ReturnsAsync(WithWord);
        _database.Setup(store => store.ReadAsync(Head.Id, 1, default)).ReturnsAsync(Word);
        _store = new HotTailStore(_database.Object, new InProcessSignal(TimeProvider.System), Options.Create(new HotTailOptions()), TimeProvider.System);
    }

    [SetUp]
    public async Task Create() => await _store.CreateAsync(Head, Started, null, default).Soon();

    [Test]
    public async Task Find_DuringAnAppend_ReturnsTheRecordOfTheDatabase()
    {
        var append = _store.AppendAsync(Word, default);
        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(2));
        var read = await _store.ReadAsync(Head.Id, 1, default).Soon();
        Assert.That(read!.Value.Last, Is.EqualTo(2), "the events of the record can be read");

        _append.SetResult(AppendResult.Appended);
        await append.Soon();
        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Segments, Is.EqualTo(1));
        _database.Verify(store => store.FindAsync(Head.Id, default), Times.Once, "no append is running");
    }

    [Test]
    public async Task Find_DuringAnAppend_WithoutTheDatabase_ReturnsTheLastRecord()
    {
        _database.Setup(store => store.FindAsync(Head.Id, default)).ThrowsAsync(new StoreUnavailableException("away", new IOException()));
        var append = _store.AppendAsync(Word, default);
        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(1));
        _append.SetResult(AppendResult.Appended);
        await append.Soon();
    }

    [Test]
    public async Task Appended_ByAnotherNode_EndsTheOwnership()
    {
        _store.Appended(Head.Id);
        Assert.That((await _store.FindAsync(Head.Id, default).Soon())!.Extent.Last, Is.EqualTo(2));
        Assert.That((await _store.ReadAsync(Head.Id, 1, default).Soon())!.Value.Last, Is.EqualTo(2));
    }
}
