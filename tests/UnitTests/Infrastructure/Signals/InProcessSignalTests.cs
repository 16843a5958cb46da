using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Signals;

internal sealed class InProcessSignalTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly InProcessSignal _signal;

    public InProcessSignalTests() => _signal = new InProcessSignal(_time);

    [Test]
    public async Task Wait_NotifiedBefore_CompletesAtOnce()
    {
        using var subscription = Subscribe();
        _signal.Notify(Stream);

        var wait = subscription.WaitAsync();

        Assert.That(wait.IsCompleted, Is.True);
        Assert.That(await wait, Is.EqualTo(WaitOutcome.Notified));
    }

    [Test]
    public async Task Wait_NotifiedManyTimesBefore_CompletesOnce()
    {
        using var subscription = Subscribe();
        for (var i = 0; i < 10; i++)
            _signal.Notify(Stream);

        Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Notified));

        Assert.That(subscription.WaitAsync().IsCompleted, Is.False);
    }

    [Test]
    public async Task Wait_NotifiedDuringIt_Completes()
    {
        using var subscription = Subscribe();
        for (var i = 0; i < 100; i++)
        {
            var wait = subscription.WaitAsync();
            Assert.That(wait.IsCompleted, Is.False);

            _signal.Notify(Stream);

            Assert.That(await wait.Soon(), Is.EqualTo(WaitOutcome.Notified));
        }
    }

    [Test]
    public void Wait_WhenAnotherStreamIsNotified_DoesNotComplete()
    {
        using var subscription = Subscribe();
        var wait = subscription.WaitAsync();

        _signal.Notify(StreamId.New());

        Assert.That(wait.IsCompleted, Is.False);
    }

    [Test]
    public async Task Notify_WakesEverySubscriberOfTheStream()
    {
        var subscriptions = Enumerable.Range(0, 10).Select(_ => Subscribe()).ToList();
        var waits = subscriptions.Select(subscription => subscription.WaitAsync().AsTask()).ToList();

        _signal.Notify(Stream);

        Assert.That(await Task.WhenAll(waits).Soon(), Is.All.EqualTo(WaitOutcome.Notified));
        subscriptions.ForEach(subscription => subscription.Dispose());
    }

    [Test]
    public void Notify_DoesNotRunTheReaderOnTheWritersStack()
    {
        using var subscription = Subscribe();
        var gate = new TaskCompletionSource();
        var reader = ReadAsync();
        async Task ReadAsync()
        {
            await subscription.WaitAsync();
            // A reader that blocks must not block the writer.
            gate.Task.Wait(Waiting.Limit);
        }

        _signal.Notify(Stream);

        Assert.That(reader.IsCompleted, Is.False);
        gate.SetResult();
        Assert.That(async () => await reader.Soon(), Throws.Nothing);
    }

    [Test]
    public async Task Wait_WithoutANotificationForTheIdleTime_IsIdle()
    {
        using var subscription = Subscribe();
        var wait = subscription.WaitAsync();

        _time.Advance(Idle - Moment);
        Assert.That(wait.IsCompleted, Is.False);
        _time.Advance(Moment);

        Assert.That(await wait.Soon(), Is.EqualTo(WaitOutcome.Idle));
    }

    [Test]
    public async Task Wait_BegunLater_LastsTheWholeIdleTime()
    {
        using var subscription = Subscribe();
        _time.Advance(Idle * 0.9);
        var wait = subscription.WaitAsync();

        _time.Advance(Idle - Moment);
        Assert.That(wait.IsCompleted, Is.False);
        _time.Advance(Moment);

        Assert.That(await wait.Soon(), Is.EqualTo(WaitOutcome.Idle));
    }

    [Test]
    public async Task Wait_Repeated_IsIdleOnceEachIdleTime()
    {
        using var subscription = Subscribe();
        for (var i = 0; i < 5; i++)
        {
            var wait = subscription.WaitAsync();
            _time.Advance(Idle);

            Assert.That(await wait.Soon(), Is.EqualTo(WaitOutcome.Idle));
        }
    }

    [Test]
    public async Task Wait_AfterAnIdleOne_IsStillNotified()
    {
        using var subscription = Subscribe();
        var idle = subscription.WaitAsync();
        _time.Advance(Idle);
        await idle.Soon();

        var wait = subscription.WaitAsync();
        _signal.Notify(Stream);

        Assert.That(await wait.Soon(), Is.EqualTo(WaitOutcome.Notified));
    }

    [Test]
    public void IdleTime_WithoutAWait_IsNotRemembered()
    {
        using var subscription = Subscribe();
        _time.Advance(Idle * 3);

        Assert.That(subscription.WaitAsync().IsCompleted, Is.False);
    }

    [Test]
    public async Task Wait_Cancelled_EndsAtOnce()
    {
        using var cancellation = new CancellationTokenSource();
        using var subscription = _signal.Subscribe(Stream, Idle, live: null, cancellation.Token);
        var wait = subscription.WaitAsync();

        await cancellation.CancelAsync();

        Assert.That(await wait.Soon(), Is.EqualTo(WaitOutcome.Cancelled));
        Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Cancelled));
    }

    [Test]
    public async Task Wait_CancelledBefore_IsCancelledAlsoWhenNotified()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        using var subscription = _signal.Subscribe(Stream, Idle, live: null, cancellation.Token);
        _signal.Notify(Stream);

        Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Cancelled));
    }

    [Test]
    public async Task Wait_NotifiedCancelledAndIdleAtOnce_EndsExactlyOnce()
    {
        for (var round = 0; round < 5_000; round++)
        {
            using var cancellation = new CancellationTokenSource();
            using var subscription = _signal.Subscribe(Stream, Idle, live: null, cancellation.Token);
            var wait = subscription.WaitAsync();
            using var all = new Barrier(3);

            await Task.WhenAll(
                Task.Run(() =>
                {
                    all.SignalAndWait();
                    _signal.Notify(Stream);
                }),
                Task.Run(() =>
                {
                    all.SignalAndWait();
                    cancellation.Cancel();
                }),
                Task.Run(() =>
                {
                    all.SignalAndWait();
                    _time.Advance(Idle);
                })).Soon();

            // A second completion would have thrown in one of the three tasks.
            Assert.That(Enum.IsDefined(await wait.Soon()), Is.True);
        }
    }

    [TestCase(1)]
    [TestCase(4)]
    public async Task Wait_InALoopThatReadsFirst_NeverMissesANotification(int writers)
    {
        const int steps = 4_000;
        var signal = new InProcessSignal(TimeProvider.System);
        var (written, seen) = (0, 0);
        using var stop = new CancellationTokenSource();
        var others = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                signal.Subscribe(Stream, Idle, live: null, CancellationToken.None).Dispose();
        });

        // Each writer waits until its last step was seen, so a single missed notification stops all of them.
        var writing = Enumerable.Range(0, writers).Select(writer => Task.Run(() =>
        {
            var random = new Random(writer);
            for (var i = 0; i < steps / writers; i++)
            {
                Thread.SpinWait(random.Next(100));
                var step = Interlocked.Increment(ref written);
                signal.Notify(Stream);
                while (Volatile.Read(ref seen) < step && !stop.IsCancellationRequested)
                    Thread.Yield();
            }
        }));
        var reading = Task.Run(async () =>
        {
            var random = new Random(writers);
            using var subscription = signal.Subscribe(Stream, Waiting.Limit * 2, live: null, CancellationToken.None);
            while (seen < steps)
            {
                var current = Volatile.Read(ref written);
                // Time for a notification between the read and the wait.
                Thread.SpinWait(random.Next(200));
                if (current > seen)
                    Volatile.Write(ref seen, current);
                else
                    await subscription.WaitAsync();
            }
        });

        try
        {
            await Task.WhenAll([.. writing, reading]).Soon();
        }
        finally
        {
            await stop.CancelAsync();
        }
        await others.Soon();
        Assert.That(HasSubscribers(signal), Is.False);
    }

    [Test]
    public async Task Wait_WithAMinimalIdleTime_MissesNoNotification()
    {
        var signal = new InProcessSignal(TimeProvider.System);
        var (written, seen) = (0, 0);
        using var subscription = signal.Subscribe(Stream, Moment, live: null, CancellationToken.None);

        var writer = Task.Run(() =>
        {
            for (var step = 1; step <= 2_000; step++)
            {
                Volatile.Write(ref written, step);
                signal.Notify(Stream);
                SpinWait.SpinUntil(() => Volatile.Read(ref seen) == step, Waiting.Limit);
            }
        });
        while (seen < 2_000)
        {
            await subscription.WaitAsync().Soon();
            Volatile.Write(ref seen, Volatile.Read(ref written));
        }

        await writer.Soon();
    }

    [Test]
    public void Dispose_OfTheLastSubscription_LeavesNoSubscriber()
    {
        var (first, second) = (Subscribe(), Subscribe());
        first.Dispose();
        Assert.That(HasSubscribers(_signal), Is.True);

        second.Dispose();

        Assert.That(HasSubscribers(_signal), Is.False);
    }

    [Test]
    public void Dispose_OfTheLastSubscription_ReleasesTheMemoryOfTheStream()
    {
        var lists = Enumerable.Range(0, 100).Select(_ => SubscribeAndDispose()).ToList();

        GC.Collect();

        Assert.That(lists.Where(list => list.IsAlive), Is.Empty);
    }

    [Test]
    public void Dispose_Twice_DoesNotAffectOthers()
    {
        var first = Subscribe();
        using var second = Subscribe();

        first.Dispose();
        first.Dispose();
        var wait = second.WaitAsync();
        _signal.Notify(Stream);

        Assert.That(wait.IsCompleted, Is.True);
    }

    [Test]
    public async Task Dispose_InAnyOrder_LeavesTheOthersSubscribed()
    {
        var random = new Random(7);
        var subscriptions = Enumerable.Range(0, 50).Select(_ => Subscribe()).ToList();
        while (subscriptions.Count > 0)
        {
            var index = random.Next(subscriptions.Count);
            subscriptions[index].Dispose();
            subscriptions.RemoveAt(index);

            _signal.Notify(Stream);

            foreach (var subscription in subscriptions)
                Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Notified));
        }
        Assert.That(HasSubscribers(_signal), Is.False);
    }

    [Test]
    public async Task Subscribe_WhileOthersSubscribeAndDispose_IsAlwaysNotified()
    {
        var subscribers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                using var subscription = Subscribe();
                _signal.Notify(Stream);
                Assert.That(await subscription.WaitAsync().Soon(), Is.EqualTo(WaitOutcome.Notified));
            }
        }));

        await Task.WhenAll(subscribers).Soon();

        Assert.That(HasSubscribers(_signal), Is.False);
    }

    private IStreamSubscription Subscribe() => _signal.Subscribe(Stream, Idle, live: null, CancellationToken.None);

    /// <summary>Not inlined, because a local variable of the test would keep the list alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference SubscribeAndDispose()
    {
        using var subscription = (Subscription)_signal.Subscribe(StreamId.New(), Idle, live: null, CancellationToken.None);
        return new WeakReference(subscription.List);
    }

    private static bool HasSubscribers(InProcessSignal signal)
    {
        using var probe = (Subscription)signal.Subscribe(Stream, Idle, live: null, CancellationToken.None);
        return probe.Index > 0;
    }
}
