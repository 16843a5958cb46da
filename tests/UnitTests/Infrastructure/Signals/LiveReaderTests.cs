using Microsoft.Extensions.Options;
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

namespace SseStreaming.UnitTests.Infrastructure.Signals;

/// <summary>Deliveries to a reader that waits, with the real signal and read loop.</summary>
internal sealed class LiveReaderTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);
    private static readonly StreamEvent Segment = new(EventKind.Segment, "word "u8.ToArray());
    private static readonly StreamEvent Completed = new(EventKind.Completed, "{}"u8.ToArray());

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _leave = new();
    private readonly MemoryEventStreamStore _memory = new(Options.Create(new StreamsOptions()), TimeProvider.System);
    private readonly Mock<IEventStreamStore> _store = new();
    private readonly LiveViewerSpy _live = new();
    private readonly InProcessSignal _signal;
    private IStreamNotifier _notifier = null!;
    private int _reads;
    private int _loops;
    private long _last = 1;

    public LiveReaderTests()
    {
        _signal = new InProcessSignal(_time);
        _store.Setup(store => store.ReadAsync(Stream, It.IsAny<long>(), It.IsAny<CancellationToken>()))
            .Returns((StreamId id, long after, CancellationToken token) =>
            {
                Interlocked.Increment(ref _reads);
                return _memory.ReadAsync(id, after, token);
            });
    }

    [SetUp]
    public async Task CreateAsync()
    {
        _notifier = _signal.OpenNotifier(Stream);
        await _memory.CreateAsync(
            new StreamHead(Stream, "test", default), EventBatch.Create(Stream, 1, new StreamEvent(EventKind.Started, "{}"u8.ToArray())), null, CancellationToken.None);
    }

    [TearDown]
    public void Dispose()
    {
        _notifier.Dispose();
        _leave.Dispose();
    }

    [Test]
    public async Task Append_ToAReaderThatWaits_IsDeliveredWithoutItsLoop()
    {
        _ = ReadAsync();

        for (var i = 0; i < 10; i++)
        {
            await AppendAsync(Segment, Segment);
            await ReceivedAsync(_last);
        }

        Assert.That(_live.Deliveries, Is.EqualTo(10));
        Assert.That(_loops, Is.EqualTo(1), "the loop wrote only what there was before its first wait");
    }

    [Test]
    public async Task Appends_InOnePage_ReadTheStoreOnce()
    {
        _ = ReadAsync();
        await AppendAsync(Segment);
        await ReceivedAsync(_last);
        var reads = _reads;

        for (var i = 0; i < 10; i++)
        {
            await AppendAsync(Segment);
            await ReceivedAsync(_last);
        }

        Assert.That(_reads, Is.EqualTo(reads));
    }

    [Test]
    public async Task Appends_ThatFillSeveralPages_AreAllDelivered()
    {
        _ = ReadAsync();

        for (var i = 0; i < 200; i++)
            await AppendAsync([.. Enumerable.Repeat(Segment, 20)]);

        await ReceivedAsync(_last);
    }

    [Test]
    public async Task Delivery_ThatIsNotSentAtOnce_LeavesTheRestToTheReadLoop()
    {
        _live.OnDeliver = _ => false;
        var reading = ReadAsync();

        await AppendAsync(Segment);
        await ReceivedAsync(2);
        await AppendAsync(Segment, Completed);

        Assert.That(await reading.Soon(), Is.EqualTo(4));
    }

    [Test]
    public async Task TerminalEvent_IsWrittenByTheReadLoop()
    {
        var reading = ReadAsync();

        await AppendAsync(Segment, Completed);

        Assert.That(await reading.Soon(), Is.EqualTo(3));
        Assert.That(_live.Deliveries, Is.Zero);
    }

    [Test]
    public async Task Delivery_ThatThrows_EndsTheReadLoopWithTheException()
    {
        _live.OnDeliver = _ => throw new InvalidDataException("A bug of a framing.");
        var reading = ReadAsync();

        await AppendAsync(Segment);

        Assert.That(async () => await reading.Soon(), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task Cancellation_DuringADelivery_EndsTheReadLoopAfterIt()
    {
        using var gate = new ManualResetEventSlim();
        _live.OnDeliver = _ => gate.Wait(Waiting.Limit);
        var reading = ReadAsync();
        await AppendAsync(Segment);
        await Waiting.Until(() => _live.Deliveries == 1, "the delivery began");

        await _leave.CancelAsync();
        Assert.That(reading.IsCompleted, Is.False);
        gate.Set();

        Assert.That(await reading.Soon(), Is.EqualTo(2));
    }

    [Test]
    public async Task Append_DuringADelivery_ReturnsAtOnce_AndIsNotLost()
    {
        using var gate = new ManualResetEventSlim();
        _live.OnDeliver = _ => gate.Wait(Waiting.Limit);
        _ = ReadAsync();
        await AppendAsync(Segment);
        await Waiting.Until(() => _live.Deliveries == 1, "the delivery began");

        await AppendAsync(Segment, Segment);
        gate.Set();

        await ReceivedAsync(4);
    }

    [Test]
    public async Task IdleTime_BeginsWithTheLastDelivery()
    {
        _ = ReadAsync();
        _time.Advance(Idle * 0.9);
        await AppendAsync(Segment);
        await ReceivedAsync(2);
        var (loops, delivered) = (_loops, _time.GetTimestamp());

        await Waiting.Until(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _loops > loops;
            },
            "the loop wrote a heartbeat");

        Assert.That(_time.GetElapsedTime(delivered), Is.GreaterThanOrEqualTo(Idle));
    }

    [Test]
    public async Task Append_InAnotherProcess_IsReadByTheReadLoop()
    {
        _ = ReadAsync();
        await _memory.AppendAsync(EventBatch.Create(Stream, ++_last, Segment), null, CancellationToken.None);

        _signal.Notify(Stream);

        await ReceivedAsync(2);
        Assert.That(_live.Deliveries, Is.Zero);
    }

    [Test]
    public async Task Append_ThatOnlyASlowStoreHas_IsReadByTheReadLoop()
    {
        var slow = new TaskCompletionSource();
        _store.Setup(store => store.ReadAsync(Stream, 1, It.IsAny<CancellationToken>()))
            .Returns(async (StreamId id, long after, CancellationToken token) =>
            {
                Interlocked.Increment(ref _reads);
                await slow.Task;
                return await _memory.ReadAsync(id, after, token);
            });
        slow.SetResult();
        _ = ReadAsync();
        slow = new TaskCompletionSource();
        var reads = _reads;

        await AppendAsync(Segment);
        await Waiting.Until(() => _reads > reads, "the store was read for the delivery");
        slow.SetResult();

        await ReceivedAsync(2);
        Assert.That(_live.Deliveries, Is.Zero);
    }

    [Test]
    public async Task ManyReaders_ThatStallAndLeaveAtRandom_GetEveryEventOnceAndInOrder()
    {
        const int readers = 300;
        var reading = Enumerable.Range(0, readers).Select(seed => Task.Run(() => ReadAndReturnAsync(new Random(seed)))).ToList();

        for (var i = 0; i < 2_000; i++)
        {
            await AppendAsync(Segment);
            if (i % 4 == 0)
                await Task.Yield();
        }
        await AppendAsync(Completed);

        foreach (var last in reading)
            Assert.That(await last.Soon(), Is.EqualTo(_last));
    }

    /// <summary>Reads to the terminal event, in several responses.</summary>
    private async Task<long> ReadAndReturnAsync(Random random)
    {
        var reader = new EventStreamReader(_memory, _signal, _time);
        var live = new LiveViewerSpy(random);
        while (true)
        {
            using var leave = new CancellationTokenSource();
            var leaves = random.Next(1, 200);
            live.OnDeliver = batch =>
            {
                if (--leaves == 0)
                    _ = leave.CancelAsync();
                return random.Next(20) != 0;
            };
            using var viewer = new StreamViewer(Stream, live.Last, reader.ReadAsync);
            await foreach (var batch in viewer.ReadAsync(Idle, live, leave.Token))
            {
                live.Write(batch);
                if (batch.EndsStream)
                    return live.Last;
            }
            Assert.That(viewer.Position, Is.EqualTo(live.Last));
            await live.FlushAsync();
        }
    }

    /// <summary>Reads until the end or the cancellation, and returns when the loop waits for the first time.</summary>
    private Task<long> ReadAsync()
    {
        var viewer = new StreamViewer(Stream, 0, new EventStreamReader(_store.Object, _signal, _time).ReadAsync);
        return ReadToEndAsync();

        async Task<long> ReadToEndAsync()
        {
            await foreach (var batch in viewer.ReadAsync(Idle, _live, _leave.Token))
            {
                _loops++;
                _live.Write(batch);
            }
            return _live.Last;
        }
    }

    private async Task AppendAsync(params StreamEvent[] events)
    {
        await _memory.AppendAsync(EventBatch.Create(Stream, _last + 1, events), null, CancellationToken.None);
        _last += events.Length;
        _notifier.Appended(_last);
    }

    private Task ReceivedAsync(long last) => Waiting.Until(() => _live.Last == last, $"event {last} was received");
}
