using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Generations;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class InterruptibleEnumeratorTests
{
    private readonly CancellationTokenSource _interrupt = new();
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task MoveNext_OfASequenceThatNeverWaits_ReadsItToItsEnd()
    {
        await using var numbers = Read(Count(1_000, wait: false));

        Assert.That(await AllOf(numbers), Is.EqualTo(Enumerable.Range(0, 1_000)));
    }

    [Test]
    public async Task MoveNext_OfASequenceThatAlwaysWaits_ReadsItToItsEnd()
    {
        await using var numbers = Read(Count(1_000, wait: true));

        Assert.That(await AllOf(numbers), Is.EqualTo(Enumerable.Range(0, 1_000)));
    }

    [Test]
    public async Task MoveNext_AfterTheInterrupt_IsCancelledWithoutTouchingTheSequence()
    {
        var began = false;
        async IAsyncEnumerable<int> Source()
        {
            began = true;
            await Task.Yield();
            yield return 1;
        }
        await using var numbers = Read(Source());
        await _interrupt.CancelAsync();

        Assert.That(async () => await numbers.MoveNextAsync(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(began, Is.False);
    }

    [Test]
    public async Task MoveNext_InterruptedWhileTheSequenceIgnoresIt_IsCancelledAtOnce()
    {
        var hang = new TaskCompletionSource();
        await using var numbers = Read(Sequences.HangAfter(hang.Task, 1));
        await numbers.MoveNextAsync();
        var move = numbers.MoveNextAsync().AsTask();

        await _interrupt.CancelAsync();

        Assert.That(async () => await move.Soon(), Throws.InstanceOf<OperationCanceledException>());
        hang.SetResult();
    }

    [Test]
    public async Task Dispose_AfterAMoveWasAbandoned_EndsTheSequenceWhenThatMoveReturns()
    {
        var hang = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var numbers = Read(Sequences.HangAfter(hang.Task, 1, ended));
        await numbers.MoveNextAsync();
        var move = numbers.MoveNextAsync().AsTask();
        await _interrupt.CancelAsync();
        Assert.That(async () => await move.Soon(), Throws.InstanceOf<OperationCanceledException>());

        var dispose = numbers.DisposeAsync().AsTask();
        Assert.That(ended.Task.IsCompleted, Is.False);
        hang.SetResult();

        await dispose.Soon();
        Assert.That(ended.Task.IsCompleted, Is.True);
    }

    [Test]
    public async Task Dispose_AfterAMoveThatWasNotAwaited_WaitsForItAndDoesNotThrow()
    {
        var hang = new TaskCompletionSource();
        var numbers = Read(Sequences.HangAfter(hang.Task, 1));
        await numbers.MoveNextAsync();
        _ = numbers.MoveNextAsync();
        await _interrupt.CancelAsync();

        var dispose = numbers.DisposeAsync().AsTask();
        hang.SetResult();

        await dispose.Soon();
    }

    [Test]
    public async Task Dispose_AfterAnAbandonedMoveThatFailed_DoesNotThrow()
    {
        var hang = new TaskCompletionSource();
        var numbers = Read(Sequences.HangAfter(hang.Task, 1));
        await numbers.MoveNextAsync();
        var move = numbers.MoveNextAsync().AsTask();
        await _interrupt.CancelAsync();
        Assert.That(async () => await move.Soon(), Throws.InstanceOf<OperationCanceledException>());

        hang.SetException(new InvalidOperationException("Too late."));

        await numbers.DisposeAsync().Soon();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task MoveNext_OfASequenceThatThrows_ThrowsThat(bool wait)
    {
        async IAsyncEnumerable<int> Source()
        {
            yield return 1;
            if (wait)
                await Task.Yield();
            throw new InvalidOperationException("Broken.");
        }
        await using var numbers = Read(Source());
        await numbers.MoveNextAsync();

        Assert.That(async () => await numbers.MoveNextAsync().Soon(), Throws.InvalidOperationException.With.Message.EqualTo("Broken."));
    }

    [Test]
    public async Task MoveNext_OfASequenceThatObservesItsToken_IsCancelled()
    {
        async IAsyncEnumerable<int> Source([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            yield return 1;
        }
        await using var numbers = Read(Source());
        var move = numbers.MoveNextAsync().AsTask();

        await _interrupt.CancelAsync();

        Assert.That(async () => await move.Soon(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task MoveNext_RacingWithTheInterrupt_EitherMovesOrIsCancelledAndAlwaysEndsTheSequence()
    {
        var (moved, cancelled) = (0, 0);
        for (var round = 0; round < 5_000; round++)
        {
            using var interrupt = new CancellationTokenSource();
            var gate = new TaskCompletionSource();
            var ended = new TaskCompletionSource();
            var numbers = new InterruptibleEnumerator<int>(Sequences.HangAfter(gate.Task, 0, ended), TimeProvider.System, interrupt.Token);
            using var both = new Barrier(2);
            var release = Task.Run(() =>
            {
                both.SignalAndWait();
                gate.SetResult();
            });
            var move = numbers.MoveNextAsync();
            var stop = Task.Run(() =>
            {
                both.SignalAndWait();
                interrupt.Cancel();
            });

            try
            {
                Assert.That(await move.Soon(), Is.True);
                Assert.That(numbers.Current, Is.EqualTo(-1));
                moved++;
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
            await stop.Soon();
            await numbers.DisposeAsync().Soon();
            await release.Soon();
            Assert.That(ended.Task.IsCompleted, Is.True);
        }
        TestContext.Out.WriteLine($"{moved} moved, {cancelled} cancelled");
    }

    private InterruptibleEnumerator<int> Read(IAsyncEnumerable<int> source) => new(source, _time, _interrupt.Token);

    private static async Task<List<int>> AllOf(InterruptibleEnumerator<int> numbers)
    {
        var all = new List<int>();
        while (await numbers.MoveNextAsync())
            all.Add(numbers.Current);
        return all;
    }

    private static async IAsyncEnumerable<int> Count(int numbers, bool wait)
    {
        for (var i = 0; i < numbers; i++)
        {
            if (wait)
                await Task.Yield();
            yield return i;
        }
    }
}
