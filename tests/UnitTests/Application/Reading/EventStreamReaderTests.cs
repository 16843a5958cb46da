using System.Text;
using Microsoft.Extensions.Time.Testing;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.UnitTests.Testing;
using Options = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Application.Reading;

internal sealed class EventStreamReaderTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly StreamEvent Started = new(EventKind.Started, "{}"u8.ToArray());
    private static readonly StreamEvent Completed = new(EventKind.Completed, "{}"u8.ToArray());

    private readonly FakeTimeProvider _time = new();
    private readonly Mock<IEventStreamStore> _store = new(MockBehavior.Strict);
    private readonly Mock<IStreamSignal> _signal = new(MockBehavior.Strict);
    private readonly Mock<IStreamSubscription> _subscription = new();

    public EventStreamReaderTests() =>
        _signal.Setup(signal => signal.Subscribe(Stream, Idle, live: null, It.IsAny<CancellationToken>())).Returns(_subscription.Object);

    [Test]
    public async Task Read_CatchesUpThenFollowsAndEndsAfterTheTerminalEvent()
    {
        Stored(after: 0, EventBatch.Create(Stream, 1, Started, Segment("a")));
        Stored(after: 2, default(EventBatch), EventBatch.Create(Stream, 3, Segment("b"), Completed));
        _subscription.Setup(subscription => subscription.WaitAsync()).ReturnsAsync(WaitOutcome.Notified);

        var batches = await ReadAsync(after: 0);

        Assert.That(batches.Select(batch => (batch.First, batch.Last)), Is.EqualTo(new[] { (1L, 2L), (3L, 4L) }));
        _subscription.Verify(subscription => subscription.WaitAsync(), Times.Once);
    }

    [Test]
    public async Task Read_FromTheMiddle_BeginsWithTheNextEvent()
    {
        Stored(after: 7, EventBatch.Create(Stream, 8, Completed));

        Assert.That((await ReadAsync(after: 7)).Single().First, Is.EqualTo(8));
    }

    [Test]
    public async Task Read_WithoutAnEventForTheIdleTime_ReturnsAnEmptyBatch()
    {
        Stored(after: 1, default(EventBatch), default(EventBatch), EventBatch.Create(Stream, 2, Completed));
        _subscription.SetupSequence(subscription => subscription.WaitAsync()).ReturnsAsync(WaitOutcome.Idle).ReturnsAsync(WaitOutcome.Notified);

        var batches = await ReadAsync(after: 1);

        Assert.That(batches.Select(batch => batch.Count), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public async Task Read_OfWhatIsNoLongerKept_EndsWithoutATerminalEvent()
    {
        Stored(after: 0, EventBatch.Create(Stream, 1, Started));
        Stored(after: 1, [null]);

        Assert.That((await ReadAsync(after: 0)).Single().EndsStream, Is.False);
    }

    [Test]
    public async Task Read_SubscribesBeforeItsFirstRead()
    {
        var sequence = new MockSequence();
        _signal.InSequence(sequence).Setup(signal => signal.Subscribe(Stream, Idle, live: null, It.IsAny<CancellationToken>())).Returns(_subscription.Object);
        _store.InSequence(sequence).Setup(store => store.ReadAsync(Stream, 0, It.IsAny<CancellationToken>())).ReturnsAsync((EventBatch?)null);

        await ReadAsync(after: 0);

        _store.Verify(store => store.ReadAsync(Stream, 0, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Test]
    public async Task Read_ThatEndsInAnyWay_Unsubscribes()
    {
        Stored(after: 0, EventBatch.Create(Stream, 1, Started, Completed));
        await ReadAsync(after: 0);
        _subscription.Verify(subscription => subscription.Dispose(), Times.Once);

        _store.Setup(store => store.ReadAsync(Stream, 9, It.IsAny<CancellationToken>())).ThrowsAsync(new IOException());
        Assert.That(() => ReadAsync(after: 9), Throws.InstanceOf<IOException>());
        _subscription.Verify(subscription => subscription.Dispose(), Times.Exactly(2));
    }

    [Test]
    public async Task Read_FromAnUnavailableStore_WaitsAndRetries()
    {
        _store.SetupSequence(store => store.ReadAsync(Stream, 0, It.IsAny<CancellationToken>()))
            .ThrowsAsync(Faults.StoreDown)
            .ThrowsAsync(Faults.StoreDown)
            .ReturnsAsync(EventBatch.Create(Stream, 1, Started, Completed));

        var read = ReadAsync(after: 0);
        await Waiting.Until(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return read.IsCompleted;
            },
            "the store was looked at again");

        Assert.That((await read).Single().EndsStream, Is.True);
    }

    [Test]
    public async Task Read_CancelledWhileTheStoreIsUnavailable_Ends()
    {
        _store.Setup(store => store.ReadAsync(Stream, 0, It.IsAny<CancellationToken>())).ThrowsAsync(Faults.StoreDown);
        using var leave = new CancellationTokenSource();
        await using var batches = ReadAsync(after: 0, leave.Token).GetAsyncEnumerator(CancellationToken.None);
        var move = batches.MoveNextAsync();

        await leave.CancelAsync();

        Assert.That(await move.Soon(), Is.False);
    }

    [Test]
    public async Task Read_CancelledDuringAReadOfTheStore_Ends()
    {
        _store.Setup(store => store.ReadAsync(Stream, 0, It.IsAny<CancellationToken>()))
            .Returns(async (StreamId _, long _, CancellationToken token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return null;
            });
        using var leave = new CancellationTokenSource();
        await using var batches = ReadAsync(after: 0, leave.Token).GetAsyncEnumerator(CancellationToken.None);
        var move = batches.MoveNextAsync();

        await leave.CancelAsync();

        Assert.That(await move.Soon(), Is.False);
    }

    [Test]
    public async Task Read_WhoseWaitIsCancelled_Ends()
    {
        Stored(after: 1, default(EventBatch));
        _subscription.Setup(subscription => subscription.WaitAsync()).ReturnsAsync(WaitOutcome.Cancelled);

        Assert.That(await ReadAsync(after: 1), Is.Empty);
    }

    [Test]
    public async Task Read_CancelledWithoutAWait_Ends()
    {
        using var leave = new CancellationTokenSource();
        _store.Setup(store => store.ReadAsync(Stream, It.IsAny<long>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((StreamId _, long after, CancellationToken _) => EventBatch.Create(Stream, after + 1, Segment("on and on ")));

        var last = 0L;
        await foreach (var batch in ReadAsync(after: 0, leave.Token))
        {
            last = batch.Last;
            if (last == 100)
                await leave.CancelAsync();
            Assert.That(last, Is.LessThanOrEqualTo(100));
        }
        Assert.That(last, Is.EqualTo(100));
    }

    [Test]
    public async Task Read_WhileAWriterAppends_ReachesEveryReaderOnceAndInOrder([Values] bool isLive)
    {
        const int events = 5_000;
        var store = new MemoryEventStreamStore(Options.Create(new StreamsOptions()), TimeProvider.System);
        var signal = new SubscriptionCounter(new InProcessSignal(TimeProvider.System));
        var reader = new EventStreamReader(store, signal, TimeProvider.System);
        await store.CreateAsync(new StreamHead(Stream, "test", default), EventBatch.Create(Stream, 1, Started), CancellationToken.None);

        var readers = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            var viewer = new StreamViewer(Stream, 0, reader.ReadAsync);
            var live = new LiveViewerSpy(new Random(i));
            await foreach (var batch in isLive ? viewer.ReadAsync(Idle, live, CancellationToken.None) : viewer.ReadAsync(Idle, CancellationToken.None))
                live.Write(batch);
            return live.Last;
        })).ToList();
        using var notifier = signal.OpenNotifier(Stream);
        for (var sequence = 2; sequence <= events; sequence++)
        {
            await store.AppendAsync(EventBatch.Create(Stream, sequence, sequence == events ? Completed : Segment("x")), CancellationToken.None);
            notifier.Appended(sequence);
            if (sequence % 16 == 0)
                await Task.Yield();
        }

        foreach (var last in readers)
            Assert.That(await last.Soon(), Is.EqualTo(events));
        Assert.That(signal.Count, Is.Zero);
    }

    private async Task<List<EventBatch>> ReadAsync(long after)
    {
        var batches = new List<EventBatch>();
        await foreach (var batch in ReadAsync(after, CancellationToken.None))
            batches.Add(batch);
        return batches;
    }

    private IAsyncEnumerable<EventBatch> ReadAsync(long after, CancellationToken cancellationToken) =>
        new StreamViewer(Stream, after, new EventStreamReader(_store.Object, _signal.Object, _time).ReadAsync).ReadAsync(Idle, cancellationToken);

    private void Stored(long after, params EventBatch?[] batches)
    {
        var looks = new Queue<EventBatch?>(batches);
        _store.Setup(store => store.ReadAsync(Stream, after, It.IsAny<CancellationToken>())).ReturnsAsync(looks.Dequeue);
    }

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));
}
