using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Generations;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class InterruptibleEnumeratorPauseTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(150);

    private readonly CancellationTokenSource _interrupt = new();
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Move_ThatTakesLongerThanThePause_IsResumedWithItsResult()
    {
        var hang = new TaskCompletionSource();
        await using var numbers = Read(Sequences.HangAfter(hang.Task, 0));
        var move = numbers.MoveNextAsync();
        numbers.PauseAfter(Silence);

        _time.Advance(Silence);
        Assert.That((await move.Soon(), numbers.IsPaused), Is.EqualTo((false, true)));
        var resumed = numbers.ResumeAsync();
        Assert.That((resumed.IsCompleted, numbers.IsPaused), Is.EqualTo((false, false)));
        hang.SetResult();

        Assert.That((await resumed.Soon(), numbers.Current), Is.EqualTo((true, -1)));
    }

    [Test]
    public async Task Move_ThatCompletesDuringThePause_IsResumedWithItsResultAtOnce()
    {
        var hang = new TaskCompletionSource();
        await using var numbers = Read(Sequences.HangAfter(hang.Task, 0));
        await PauseAsync(numbers);

        hang.SetResult();

        Assert.That((await numbers.ResumeAsync().Soon(), numbers.Current), Is.EqualTo((true, -1)));
        Assert.That(await numbers.MoveNextAsync(), Is.False);
    }

    [Test]
    public async Task Move_ThatFailsDuringThePause_ThrowsWhenItIsResumed()
    {
        var hang = new TaskCompletionSource();
        await using var numbers = Read(Sequences.HangAfter(hang.Task, 0));
        await PauseAsync(numbers);

        hang.SetException(new InvalidOperationException("Broken."));

        Assert.That(async () => await numbers.ResumeAsync(), Throws.InvalidOperationException.With.Message.EqualTo("Broken."));
    }

    [Test]
    public async Task Move_ThatCompletesBeforeThePause_IsNotPaused()
    {
        var hang = new TaskCompletionSource();
        await using var numbers = Read(Sequences.HangAfter(hang.Task, 0));
        var move = numbers.MoveNextAsync();
        numbers.PauseAfter(Silence);
        hang.SetResult();
        Assert.That(await move.Soon(), Is.True);

        _time.Advance(Silence * 2);

        Assert.That((numbers.IsPaused, await numbers.MoveNextAsync()), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Move_WithoutAPause_IsNotPausedByTheTimerOfAnEarlierOne()
    {
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        async IAsyncEnumerable<int> Source()
        {
            await first.Task;
            yield return 1;
            await second.Task;
            yield return 2;
        }
        await using var numbers = Read(Source());
        var move = numbers.MoveNextAsync();
        numbers.PauseAfter(Silence);
        first.SetResult();
        await move.Soon();

        move = numbers.MoveNextAsync();
        _time.Advance(Silence * 2);

        Assert.That(move.IsCompleted, Is.False);
        second.SetResult();
        Assert.That(await move.Soon(), Is.True);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Interrupt_DuringAPause_CancelsTheResumedMove_AndDisposeWaitsForTheSequence(bool moves)
    {
        var hang = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var numbers = Read(Sequences.HangAfter(hang.Task, 0, ended));
        await PauseAsync(numbers);
        if (moves)
            hang.SetResult();

        await _interrupt.CancelAsync();

        Assert.That(async () => await numbers.ResumeAsync(), Throws.InstanceOf<OperationCanceledException>());
        var dispose = numbers.DisposeAsync().AsTask();
        if (!moves)
        {
            Assert.That(dispose.IsCompleted, Is.False);
            hang.SetResult();
        }
        await dispose.Soon();
        Assert.That(ended.Task.IsCompleted, Is.True);
    }

    [Test]
    public async Task Interrupt_AfterTheMoveWasResumed_CancelsIt()
    {
        var hang = new TaskCompletionSource();
        var numbers = Read(Sequences.HangAfter(hang.Task, 0));
        await PauseAsync(numbers);
        var resumed = numbers.ResumeAsync().AsTask();

        await _interrupt.CancelAsync();

        Assert.That(async () => await resumed.Soon(), Throws.InstanceOf<OperationCanceledException>());
        hang.SetResult();
        await numbers.DisposeAsync().Soon();
    }

    [Test]
    public async Task Pause_RacingWithTheMoveAndTheInterrupt_LosesNothing()
    {
        for (var round = 0; round < 3_000; round++)
        {
            using var interrupt = new CancellationTokenSource();
            var time = new FakeTimeProvider();
            var gate = new TaskCompletionSource();
            var ended = new TaskCompletionSource();
            var numbers = new InterruptibleEnumerator<int>(Sequences.HangAfter(gate.Task, 0, ended), time, interrupt.Token);
            using var start = new Barrier(3);
            var move = numbers.MoveNextAsync();
            numbers.PauseAfter(Silence);
            var others = new List<Action> { gate.SetResult, () => time.Advance(Silence), interrupt.Cancel }
                .ConvertAll(act => Task.Run(() =>
                {
                    start.SignalAndWait();
                    act();
                }));

            try
            {
                var moved = await move.Soon();
                if (numbers.IsPaused)
                    moved = await numbers.ResumeAsync().Soon();
                Assert.That((moved, numbers.Current), Is.EqualTo((true, -1)));
            }
            catch (OperationCanceledException)
            {
                Assert.That(interrupt.IsCancellationRequested, Is.True);
            }
            await Task.WhenAll(others).Soon();
            await numbers.DisposeAsync().Soon();
            Assert.That(ended.Task.IsCompleted, Is.True);
        }
    }

    /// <summary>Begins a move, and pauses it.</summary>
    private async Task PauseAsync(InterruptibleEnumerator<int> numbers)
    {
        var move = numbers.MoveNextAsync();
        numbers.PauseAfter(Silence);
        _time.Advance(Silence);
        await move.Soon();
        Assert.That(numbers.IsPaused, Is.True);
    }

    private InterruptibleEnumerator<int> Read(IAsyncEnumerable<int> source) => new(source, _time, _interrupt.Token);
}
