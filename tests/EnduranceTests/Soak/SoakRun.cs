using System.Globalization;
using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Soak;

/// <summary>One run: viewers of one server, from the first connection to the last.</summary>
internal sealed class SoakRun : IAsyncDisposable
{
    /// <summary>Half of the connections through the bad network break, at a random byte below this limit.</summary>
    private const int BreakBelow = 10_000;

    private readonly ServerNode _server;
    private readonly SoakSize _size;
    private readonly FaultyNetwork _network;
    private readonly SoakViewers _viewers;
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private readonly Task _viewing;

    /// <param name="server">A server that is ready.</param>
    /// <param name="size">The length of the run, and the number of viewers.</param>
    /// <param name="seed">The seed of all random choices.</param>
    public SoakRun(ServerNode server, SoakSize size, int seed)
    {
        _server = server;
        _size = size;
        _network = new FaultyNetwork(server.Address, RandomFault, seed);
        _viewers = new SoakViewers(server, _network, seed, size.Viewers);
        _viewing = _viewers.RunAsync(_stopping.Token);
    }

    public SoakSummary Census => _viewers.Census;

    /// <summary>Waits until this fraction of the time has passed, or until a viewer fails.</summary>
    public async Task PassAsync(double part)
    {
        var left = (_size.Length * part) - TimeProvider.System.GetElapsedTime(_begun);
        var passed = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System);
        if (await Task.WhenAny(passed, _viewing) == _viewing)
            await _viewing;
    }

    /// <summary>Monitors the resource usage of the server from now to the end, and checks it.</summary>
    /// <param name="warmUp">The fraction of that time that is excluded.</param>
    public async Task WatchAsync(double warmUp)
    {
        var monitor = new ProcessMonitor();
        using var ended = new CancellationTokenSource();
        var monitoring = monitor.RunAsync(_server.ProcessId, _size.Interval, ended.Token);
        await PassAsync(1);
        await ended.CancelAsync();
        await monitoring;
        await monitor.CheckAsync(warmUp, _size.IsJudged);
    }

    /// <summary>Stops all viewers, and checks their summary and the log of the server.</summary>
    public async Task EndAsync()
    {
        await _stopping.CancelAsync();
        await _viewing;
        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{_size.Viewers} viewers for {_size.Length:hh\\:mm\\:ss}: {Census}; {_network.Faults} connections broken by the network"));
        foreach (var warning in await ServerLog.WarningsAsync(_server))
            await TestContext.Out.WriteLineAsync($"  {warning}");
        Assert.That(await ServerLog.ErrorsAsync(_server), Is.Empty);
        Assert.That(Census.Resumes, Is.GreaterThan(_size.Viewers / 4));
        foreach (var ending in (string[])["completed", "stopped", "left"])
            Assert.That(Census.Count(ending), Is.Positive, ending);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        // Failures were reported before.
        await _viewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _network.DisposeAsync();
        _stopping.Dispose();
    }

    private static NetworkConditions RandomFault(int number, Random random) => random.Next(2) == 0
        ? NetworkConditions.None
        : new NetworkConditions { Fault = new NetworkFault((NetworkFaultKind)random.Next(3), random.Next(BreakBelow)) };
}
