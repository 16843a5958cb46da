namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// Viewers who come, watch a stream, lose their connection, come back, stop it or leave it, and go on to the next: as many at any
/// time, doing the same on average from the first minute to the last. What each saw is held against what is kept.
/// </summary>
/// <param name="server">The way to it without accidents, for most.</param>
/// <param name="network">The way with accidents, for some.</param>
/// <param name="seed">Of all that is random.</param>
/// <param name="size">How many they are.</param>
internal sealed class SoakViewers(ServerNode server, FaultyNetwork network, int seed, int size)
{
    /// <summary>How many watch the same stream.</summary>
    private const int ViewersPerStream = 4;

    /// <summary>A tenth of what streams are kept: nobody is met by so many silences in a row that the end of a stream is gone.</summary>
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(4.5);
    private static readonly TimeSpan Coming = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopInterval = TimeSpan.FromSeconds(1);
    private static readonly string[] Endings = ["completed", "stopped", "failed"];

    private readonly StreamClient _client = new(() => server.Address);
    private readonly CancellationTokenSource _leaving = new();

    public SoakSummary Census { get; } = new();

    /// <summary>Ends soon after it is told that it is enough, or with the first thing that is wrong.</summary>
    public async Task RunAsync(CancellationToken enough)
    {
        await using var told = enough.Register(_leaving.Cancel);
        var streams = new RunningStreams(_client, Math.Max(1, size / ViewersPerStream));
        var all = Task.WhenAll(Enumerable.Range(0, size).Select(number => RunViewerAsync(streams, number)));
        await ((Task)Task.WhenAny(all, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _leaving.Token)).Unwrap())
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!all.IsCompleted)
        {
            await Parallel.ForEachAsync(streams.Running, CancellationToken.None, async (stream, _) => await _client.StopAsync(stream));
            await Task.WhenAny(all, Task.Delay(StopInterval, TimeProvider.System, CancellationToken.None));
        }
        await all;
        _client.Http.Dispose();
    }

    private async Task RunViewerAsync(RunningStreams streams, int number)
    {
        var random = new Random(unchecked((seed * 397) ^ number));
        // Nobody is late to be gone when the others are.
        await Task.Delay(Coming * random.NextDouble(), TimeProvider.System, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            while (!_leaving.IsCancellationRequested)
                await VisitAsync(streams, random);
        }
        catch
        {
            await _leaving.CancelAsync();
            throw;
        }
    }

    private async Task VisitAsync(RunningStreams streams, Random random)
    {
        var stream = await streams.ChooseAsync(random);
        var throughNetwork = random.Next(4) == 0;
        var viewer = new Viewer(_client.Http, stream, () => throughNetwork ? network.Address : server.Address)
        {
            Cut = random.Next(2) == 0 ? () => random.Next(5, 100) : null,
            Watchdog = Watchdog,
            WaitsForServer = true,
        };
        var mood = random.Next(10);
        if (mood < 3)
            viewer.LeavesAfter = random.Next(1, 100);
        await viewer.WatchAsync();
        if (mood == 0 && !viewer.HasEnded)
        {
            await _client.StopAsync(stream);
            viewer.LeavesAfter = int.MaxValue;
            await viewer.WatchAsync();
        }

        Census.Add(viewer);
        if (viewer.HasEnded)
        {
            streams.Remove(stream);
            await ViewerGroup.CheckAsync(_client, [viewer], Endings);
        }
        else
        {
            Assert.That(await _client.GetTextAsync(stream), Does.StartWith(viewer.Passage));
        }
    }
}
