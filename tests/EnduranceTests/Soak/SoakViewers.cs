namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// Viewers that connect, read a stream, lose their connection, reconnect, stop or leave the stream, and continue with the next one. Their
/// number and average load are constant. The events that each viewer received are compared with the stored text.
/// </summary>
/// <param name="server">The server, to which most viewers connect directly.</param>
/// <param name="network">The network with faults, for the other viewers.</param>
/// <param name="seed">The seed of all random choices.</param>
/// <param name="size">The number of viewers.</param>
internal sealed class SoakViewers(ServerNode server, FaultyNetwork network, int seed, int size)
{
    /// <summary>The number of viewers of the same stream.</summary>
    private const int ViewersPerStream = 4;

    /// <summary>A tenth of the retention, so that repeated silences do not delay a viewer until its stream is deleted.</summary>
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(4.5);
    private static readonly TimeSpan ConnectPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopInterval = TimeSpan.FromSeconds(1);
    private static readonly string[] Endings = ["completed", "stopped", "failed"];

    private readonly StreamClient _client = new(() => server.Address);
    private readonly CancellationTokenSource _leaving = new();

    public SoakSummary Census { get; } = new();

    /// <summary>Runs until cancelled, or until the first failure.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(_leaving.Cancel);
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
        // A viewer that has not connected yet must stop together with the others.
        await Task.Delay(ConnectPeriod * random.NextDouble(), TimeProvider.System, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        var choice = random.Next(10);
        if (choice < 3)
            viewer.LeavesAfter = random.Next(1, 100);
        await viewer.WatchAsync();
        if (choice == 0 && !viewer.HasEnded)
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
