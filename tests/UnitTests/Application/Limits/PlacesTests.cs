using SseStreaming.Application.Limits;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Application.Limits;

internal sealed class PlacesTests
{
    [Test]
    public void Client_GetsAsManyAsItMay_AndOneMoreForEachThatItGivesBack()
    {
        var places = new Places(inAll: 10, perClient: 2);
        using var first = Take(places, "a");
        using var second = Take(places, "a");

        Assert.That(places.TryTake("a", out _, out var reached), Is.False);
        Assert.That(reached, Is.EqualTo(ReachedBound.PerClient));
        using var others = Take(places, "b");

        first.Dispose();
        first.Dispose();
        using var third = Take(places, "a");
        Assert.That(places.TryTake("a", out _, out _), Is.False, "a place that is given back twice is one place");
        Assert.That(places.Taken, Is.EqualTo(3));
    }

    [Test]
    public void AllClients_GetAsManyAsThereAre()
    {
        var places = new Places(inAll: 2, perClient: 2);
        using var first = Take(places, "a");
        using var second = Take(places, "b");

        Assert.That(places.TryTake("c", out _, out var reached), Is.False);
        Assert.That(reached, Is.EqualTo(ReachedBound.InAll));
    }

    [Test]
    public void Client_OverBothBounds_IsToldOfItsOwn()
    {
        var places = new Places(inAll: 1, perClient: 1);
        using var first = Take(places, "a");

        places.TryTake("a", out _, out var reached);

        Assert.That(reached, Is.EqualTo(ReachedBound.PerClient));
    }

    [Test]
    public void Zero_IsNoBound()
    {
        var places = new Places(inAll: 0, perClient: 0);

        for (var i = 0; i < 1000; i++)
            Take(places, "a");

        Assert.That(places.Taken, Is.EqualTo(1000));
    }

    [Test]
    public void Client_WithoutAPlace_LeavesNothingBehind()
    {
        var places = new Places(inAll: 1, perClient: 1);
        for (var i = 0; i < 1000; i++)
        {
            using var place = Take(places, $"client {i}");
            places.TryTake($"refused {i}", out _, out _);
        }

        Assert.That((places.Taken, places.Clients), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Replace_TakesTheOldestOfTheSameStream_AndCountsOnce()
    {
        var (mine, another) = (StreamId.New(), StreamId.New());
        var places = new Places(inAll: 3, perClient: 3);
        var other = Take(places, "a", another);
        var oldest = Take(places, "a", mine);
        var newer = Take(places, "a", mine);

        var place = places.Replace("a", mine)!;

        Assert.That(oldest.Displaced.IsCancellationRequested, Is.True);
        Assert.That((other.Displaced.IsCancellationRequested, newer.Displaced.IsCancellationRequested), Is.EqualTo((false, false)));
        oldest.Dispose();
        Assert.That(places.Taken, Is.EqualTo(3), "the place is the new one's to give back");
        place.Dispose();
        Assert.That(places.Taken, Is.EqualTo(2));
    }

    [Test]
    public void Replace_WithoutAViewerOfTheStream_OfTheSameClient_IsNothing()
    {
        var places = new Places(inAll: 9, perClient: 9);
        var stream = StreamId.New();
        var other = Take(places, "b", stream);

        Assert.That(places.Replace("a", stream), Is.Null);
        Assert.That(places.Replace("b", StreamId.New()), Is.Null);
        Assert.That(other.Displaced.IsCancellationRequested, Is.False);
    }

    [Test]
    public void FindKey_FindsTheClientsOwn_WhileItIsHeld()
    {
        var places = new Places(inAll: 9, perClient: 9);
        var place = Take(places, "a");
        place.Settle(StreamId.New(), new Idempotency("key", "digest"));

        Assert.That(places.FindKey("a", "key"), Is.SameAs(place));
        Assert.That(places.FindKey("a", "another"), Is.Null);
        Assert.That(places.FindKey("b", "key"), Is.Null);
        place.Dispose();
        Assert.That(places.FindKey("a", "key"), Is.Null);
    }

    [Test]
    public async Task ManyAtOnce_NeverPassTheBounds_AndAllComesBack()
    {
        var places = new Places(inAll: 20, perClient: 8);
        var stream = StreamId.New();
        var most = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 5000; i++)
            {
                var client = $"client {random.Next(4)}";
                var place = places.TryTake(client, out var taken, out _) ? taken : places.Replace(client, stream);
                place?.Settle(stream);
                InterlockedMax(ref most, places.Taken);
                place?.Dispose();
            }
        }))).Soon();

        Assert.That(most, Is.InRange(1, 20));
        Assert.That((places.Taken, places.Clients), Is.EqualTo((0, 0)));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private static Place Take(Places places, string client, StreamId stream = default)
    {
        Assert.That(places.TryTake(client, out var place, out var reached), Is.True, reached.ToString());
        place!.Settle(stream);
        return place;
    }
}
