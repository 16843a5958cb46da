using SseStreaming.ProcessTests.Harness;

namespace SseStreaming.ProcessTests;

/// <summary>Two nodes on one PostgreSQL, of which one dies again and again.</summary>
internal sealed class TwoNodeKillTests : PostgreSqlTest
{
    protected override TimeSpan Lease => TimeSpan.FromSeconds(2);

    [Test]
    public async Task Kill_AtRandomMoments_LosesNothingThatWasSeen()
    {
        const int rounds = 20;
        await StartNodesAsync();
        var client = AskEither();
        var all = new Tally();
        for (var round = 1; round <= rounds; round++)
        {
            var audience = Audience.Gather(client, streams: 20, viewers: 5, pace: 10, () => Random(20, 150));
            await PassRandomly(1800);
            var victim = Nodes[Random(0, 2)];
            await victim.KillAsync();
            // The other one closes what was left open, unless this one is there before.
            var restarted = victim.StartAsync();
            all.Add(await audience.CheckAsync("completed", "failed"));
            await restarted;
        }
        await TestContext.Out.WriteLineAsync($"{rounds} rounds: {all}");
        Assert.That(all.Of("failed"), Is.Positive, "a kill hit no generation");
        Assert.That(all.Of("completed"), Is.Positive, "no generation got through");
    }

    [Test]
    public async Task Kill_WithoutRestart_IsClosedByTheOtherNode()
    {
        await StartNodesAsync();
        var stream = await new StreamClient(() => First.Address).StartAsync(words: 100_000, pace: 10);
        var other = new StreamClient(() => Second.Address);
        var viewer = other.View(stream);
        var watching = viewer.WatchAsync();
        await Eventually.Happens(() => viewer.Count > 20, "the viewer got events");

        await First.KillAsync();
        var killed = TimeProvider.System.GetTimestamp();
        await watching;
        await TestContext.Out.WriteLineAsync(
            $"closed {TimeProvider.System.GetElapsedTime(killed, viewer.Ending.At).TotalSeconds:0.0} s after the kill; the lease is {Lease.TotalSeconds} s");
        await Audience.CheckAsync(other, [viewer], "failed");
    }
}
