using System.Runtime.CompilerServices;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Limits;

internal sealed class ConcurrencyLimiterTests
{
    [Test]
    public void TryAcquire_AtTheLimitOfTheClient_FailsUntilASlotIsReleased()
    {
        var limiter = new ConcurrencyLimiter(total: 10, perClient: 2);
        using var first = Take(limiter, "a");
        using var second = Take(limiter, "a");

        Assert.That(limiter.TryAcquire("a", out _, out var scope), Is.False);
        Assert.That(scope, Is.EqualTo(LimitScope.Client));
        using var others = Take(limiter, "b");

        first.Dispose();
        first.Dispose();
        using var third = Take(limiter, "a");
        Assert.That(limiter.TryAcquire("a", out _, out _), Is.False, "a slot that is disposed twice is released once");
        Assert.That(limiter.InUse, Is.EqualTo(3));
    }

    [Test]
    public void TryAcquire_AtTheLimitOfTheServer_Fails()
    {
        var limiter = new ConcurrencyLimiter(total: 2, perClient: 2);
        using var first = Take(limiter, "a");
        using var second = Take(limiter, "b");

        Assert.That(limiter.TryAcquire("c", out _, out var scope), Is.False);
        Assert.That(scope, Is.EqualTo(LimitScope.Server));
    }

    [Test]
    public void TryAcquire_AtBothLimits_ReportsTheLimitOfTheClient()
    {
        var limiter = new ConcurrencyLimiter(total: 1, perClient: 1);
        using var first = Take(limiter, "a");

        limiter.TryAcquire("a", out _, out var scope);

        Assert.That(scope, Is.EqualTo(LimitScope.Client));
    }

    [Test]
    public void TryAcquire_WithLimitsOfZero_AlwaysSucceeds()
    {
        var limiter = new ConcurrencyLimiter(total: 0, perClient: 0);

        for (var i = 0; i < 1000; i++)
            Take(limiter, "a");

        Assert.That(limiter.InUse, Is.EqualTo(1000));
    }

    [Test]
    public async Task Limiter_AfterAReleaseOrARefusal_KeepsNothingOfTheClient()
    {
        var limiter = new ConcurrencyLimiter(total: 1, perClient: 1);

        var clients = AcquireAndRelease(limiter);

        Assert.That(limiter.InUse, Is.Zero);
        await Waiting.Until(
            () =>
            {
                GC.Collect();
                return clients.TrueForAll(client => !client.TryGetTarget(out _));
            },
            "the names of all clients were collected");
        GC.KeepAlive(limiter);
    }

    [Test]
    public void ReplaceOldest_EvictsTheOldestSlotOfTheSameStream_AndCountsOnce()
    {
        var (mine, another) = (StreamId.New(), StreamId.New());
        var limiter = new ConcurrencyLimiter(total: 3, perClient: 3);
        var other = Take(limiter, "a", another);
        var oldest = Take(limiter, "a", mine);
        var newer = Take(limiter, "a", mine);

        var slot = limiter.ReplaceOldest("a", mine)!;

        Assert.That(oldest.Evicted.IsCancellationRequested, Is.True);
        Assert.That((other.Evicted.IsCancellationRequested, newer.Evicted.IsCancellationRequested), Is.EqualTo((false, false)));
        oldest.Dispose();
        Assert.That(limiter.InUse, Is.EqualTo(3), "the newer slot releases it");
        slot.Dispose();
        Assert.That(limiter.InUse, Is.EqualTo(2));
    }

    [Test]
    public void ReplaceOldest_WithoutASlotOfTheSameClientAndStream_IsNull()
    {
        var limiter = new ConcurrencyLimiter(total: 9, perClient: 9);
        var streamId = StreamId.New();
        var other = Take(limiter, "b", streamId);

        Assert.That(limiter.ReplaceOldest("a", streamId), Is.Null);
        Assert.That(limiter.ReplaceOldest("b", StreamId.New()), Is.Null);
        Assert.That(other.Evicted.IsCancellationRequested, Is.False);
    }

    [Test]
    public void FindByKey_FindsTheSlotOfTheSameClient_UntilItIsReleased()
    {
        var limiter = new ConcurrencyLimiter(total: 9, perClient: 9);
        var slot = Take(limiter, "a");
        slot.AssignTo(StreamId.New(), new Idempotency("key", "digest"));

        Assert.That(limiter.FindByKey("a", "key"), Is.SameAs(slot));
        Assert.That(limiter.FindByKey("a", "another"), Is.Null);
        Assert.That(limiter.FindByKey("b", "key"), Is.Null);
        slot.Dispose();
        Assert.That(limiter.FindByKey("a", "key"), Is.Null);
    }

    [Test]
    public async Task ManyThreads_NeverExceedTheLimits_AndReleaseAllSlots()
    {
        var limiter = new ConcurrencyLimiter(total: 20, perClient: 8);
        var streamId = StreamId.New();
        var most = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 5000; i++)
            {
                var client = $"client {random.Next(4)}";
                var slot = limiter.TryAcquire(client, out var taken, out _) ? taken : limiter.ReplaceOldest(client, streamId);
                slot?.AssignTo(streamId);
                InterlockedMax(ref most, limiter.InUse);
                slot?.Dispose();
            }
        }))).Soon();

        Assert.That(most, Is.InRange(1, 20));
        Assert.That(limiter.InUse, Is.Zero);
    }

    /// <summary>Not inlined, so that the names of the clients are not kept alive by the caller's stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference<string>> AcquireAndRelease(ConcurrencyLimiter limiter)
    {
        var clients = new List<WeakReference<string>>();
        for (var i = 0; i < 1000; i++)
        {
            var (client, refused) = ($"client {i}", $"refused {i}");
            using var slot = Take(limiter, client);
            Assert.That(limiter.TryAcquire(refused, out _, out _), Is.False);
            clients.AddRange([new WeakReference<string>(client), new WeakReference<string>(refused)]);
        }
        return clients;
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private static Slot Take(ConcurrencyLimiter limiter, string client, StreamId streamId = default)
    {
        Assert.That(limiter.TryAcquire(client, out var slot, out var scope), Is.True, scope.ToString());
        slot!.AssignTo(streamId);
        return slot;
    }
}
