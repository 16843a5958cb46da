using System.Globalization;
using SseStreaming.EnduranceTests.Testing;

namespace SseStreaming.EnduranceTests.Soak;

/// <summary>One run: viewers of one server, from the first connection to the last.</summary>
internal sealed class SoakRun : IAsyncDisposable
{
    /// <summary>Of connections through the bad network every second one breaks, within so many bytes.</summary>
    private const int BreakBelow = 10_000;

    private readonly ServerNode _server;
    private readonly SoakSize _size;
    private readonly FaultyNetwork _network;
    private readonly SoakViewers _crowd;
    private readonly CancellationTokenSource _enough = new();
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private readonly Task _staying;

    /// <param name="server">Is ready.</param>
    /// <param name="size">How long, and how many viewers.</param>
    /// <param name="seed">Of all that is random.</param>
    public SoakRun(ServerNode server, SoakSize size, int seed)
    {
        _server = server;
        _size = size;
        _network = new FaultyNetwork(server.Address, Accident, seed);
        _crowd = new SoakViewers(server, _network, seed, size.Viewers);
        _staying = _crowd.RunAsync(_enough.Token);
    }

    public SoakSummary Census => _crowd.Census;

    /// <summary>Waits until this part of the time is over, if all goes well until then.</summary>
    public async Task PassAsync(double part)
    {
        var left = (_size.Length * part) - TimeProvider.System.GetElapsedTime(_begun);
        var passed = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System);
        if (await Task.WhenAny(passed, _staying) == _staying)
            await _staying;
    }

    /// <summary>Watches what the server takes, from now to the end, and judges it.</summary>
    /// <param name="warmUp">The part of the time until then that does not count.</param>
    public async Task WatchAsync(double warmUp)
    {
        var watch = new ProcessMonitor();
        using var over = new CancellationTokenSource();
        var watching = watch.RunAsync(_server.ProcessId, _size.Interval, over.Token);
        await PassAsync(1);
        await over.CancelAsync();
        await watching;
        await watch.CheckAsync(warmUp, _size.IsJudged);
    }

    /// <summary>Has everybody leave, and looks at what they and the server have to say.</summary>
    public async Task EndAsync()
    {
        await _enough.CancelAsync();
        await _staying;
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
        await _enough.CancelAsync();
        // What was wrong has been said by then.
        await _staying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _network.DisposeAsync();
        _enough.Dispose();
    }

    private static NetworkConditions Accident(int number, Random random) => random.Next(2) == 0
        ? NetworkConditions.None
        : new NetworkConditions { Fault = new NetworkFault((NetworkFaultKind)random.Next(3), random.Next(BreakBelow)) };
}
