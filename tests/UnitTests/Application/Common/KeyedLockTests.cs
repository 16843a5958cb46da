using System.Runtime.CompilerServices;
using SseStreaming.Application.Common;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Common;

internal sealed class KeyedLockTests
{
    private readonly KeyedLock _lock = new();

    [Test]
    public async Task Lock_OfALockedKey_WaitsUntilItIsReleased()
    {
        var first = await LockAsync("a");
        var second = LockAsync("a").AsTask();
        Assert.That(second.IsCompleted, Is.False);

        first.Dispose();

        (await second.Soon()).Dispose();
    }

    [Test]
    public async Task Lock_OfAnotherKey_DoesNotWait()
    {
        using var first = await LockAsync("a");

        using var second = await LockAsync("b").Soon();
    }

    [Test]
    public async Task Lock_ThatIsCancelledWhileItWaits_DoesNotHoldUpTheNextOne()
    {
        using var cancellation = new CancellationTokenSource();
        var first = await LockAsync("a");
        var cancelled = _lock.LockAsync("a", cancellation.Token).AsTask();
        var next = LockAsync("a").AsTask();

        await cancellation.CancelAsync();
        Assert.That(async () => await cancelled.Soon(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(next.IsCompleted, Is.False);
        first.Dispose();

        (await next.Soon()).Dispose();
    }

    [Test]
    public async Task Lock_OfManyCallersAtOnce_IsHeldByOneAtATime()
    {
        var holders = 0;
        var total = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                using var held = await LockAsync("a");
                Assert.That(Interlocked.Increment(ref holders), Is.EqualTo(1));
                total++;
                if (i % 10 == 0)
                    await Task.Yield();
                Interlocked.Decrement(ref holders);
            }
        }))).Soon();

        Assert.That(total, Is.EqualTo(8_000));
    }

    [Test]
    public async Task Lock_ThatIsReleased_KeepsNoReferenceToItsKey()
    {
        var key = await LockAndReleaseAsync();

        await Waiting.Until(
            () =>
            {
                GC.Collect();
                return !key.TryGetTarget(out _);
            },
            "the key was collected");
        GC.KeepAlive(_lock);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference<string>> LockAndReleaseAsync()
    {
        var key = new string('a', 10);
        using (await LockAsync(key))
            return new WeakReference<string>(key);
    }

    private ValueTask<IDisposable> LockAsync(string key) => _lock.LockAsync(key, CancellationToken.None);
}
