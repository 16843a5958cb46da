using System.Diagnostics;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Requests take effect on any node within a short time.</summary>
[Category(TestCategories.Long)]
internal sealed class TwoNodeTests : PostgreSqlTest
{
    [Test]
    public async Task Stop_OnTheOtherNode_EndsTheGenerationWithinASecond()
    {
        await StartNodesAsync();
        var first = new StreamClient(() => First.Address);
        var second = new StreamClient(() => Second.Address);
        var times = new List<double>();
        for (var i = 0; i <= 20; i++)
        {
            var stream = await first.StartAsync(words: 100_000, pace: 20);
            var viewer = first.View(stream);
            var watching = viewer.WatchAsync();
            await Eventually.Happens(() => viewer.Count > 5, "the viewer received events");

            var asked = Stopwatch.GetTimestamp();
            await second.StopAsync(stream);
            await watching;
            // The first round is a warm-up: code is not compiled, and connections are not open yet.
            if (i > 0)
                times.Add(Stopwatch.GetElapsedTime(asked, viewer.Ending.At).TotalMilliseconds);
            await ViewerGroup.CheckAsync(second, [viewer], "stopped");
        }
        var figures = new Figures(times);
        await TestContext.Out.WriteLineAsync($"time from the stop request on one node to the terminal event at a viewer of the other node: {figures}");
        Assert.That(figures.Largest, Is.LessThan(1000));
    }

    /// <summary>Prints the additional latency of events on the node that does not run the generation.</summary>
    [Test]
    [Explicit("A measurement that needs an idle machine.")]
    public async Task Measure_AdditionalLatencyOfTheOtherNode()
    {
        await StartNodesAsync();
        var first = new StreamClient(() => First.Address);
        var second = new StreamClient(() => Second.Address);
        await RunAsync(words: 50);
        var late = await RunAsync(words: 500);
        await TestContext.Out.WriteLineAsync($"additional latency of an event on the other node, with 10 generations at 20 ms per word: {new Figures(late)}");

        async Task<IReadOnlyCollection<double>> RunAsync(int words)
        {
            var streams = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => first.StartAsync(words, pace: 20)));
            var pairs = streams.Select(stream => (Here: first.View(stream), There: second.View(stream))).ToList();
            await Task.WhenAll(pairs.SelectMany(pair => (Task[])[pair.Here.WatchAsync(), pair.There.WatchAsync()]));
            // Without the events that were sent before both viewers were connected.
            return [.. pairs.SelectMany(pair => pair.Here.Seen.Zip(pair.There.Seen).Skip(20)
                .Select(both => Stopwatch.GetElapsedTime(both.First.At, both.Second.At).TotalMilliseconds))];
        }
    }
}
