using System.Diagnostics;

namespace SseStreaming.Benchmarks.Load;

/// <summary>One measurement: figures by name. Higher is better if the name ends in "/s", otherwise lower is better.</summary>
internal sealed record Scenario(string Name, Func<Contender, Task<Dictionary<string, double>>> MeasureAsync);

internal static class Scenarios
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("one", contender => UnthrottledAsync(contender, viewers: 1, words: 100_000)),
        new("own-100", contender => UnthrottledAsync(contender, viewers: 100, words: 2_000)),
        new("own-1000", contender => UnthrottledAsync(contender, viewers: 1_000, words: 2_000)),
        new("resume-1", contender => ResumeAsync(contender, viewers: 1)),
        new("resume-200", contender => ResumeAsync(contender, viewers: 200)),
        new("fan-out-1000", contender => FanOutAsync(contender, viewers: 1_000)),
        new("fan-out-5000", contender => FanOutAsync(contender, viewers: 5_000)),
        new("paced-5000", contender => PacedAsync(contender, viewers: 5_000)),
        new("paced-10000", contender => PacedAsync(contender, viewers: 10_000)),
        new("reset-2000", contender => ResetAsync(contender, viewers: 2_000)),
        new("cold", ColdAsync),
    ];

    /// <summary>Scenarios that depend on the store: the same server with each store.</summary>
    public static IReadOnlyList<Scenario> OfStores { get; } =
    [
        new("store-100", contender => UnthrottledAsync(contender, viewers: 100, words: 2_000)),
        new("store-latency", StoreLatencyAsync),
    ];

    private static async Task<Dictionary<string, double>> UnthrottledAsync(Contender contender, int viewers, int words)
    {
        await using var server = await contender.StartAsync();
        return new() { ["events/s"] = await WarmRateAsync(server, viewers, contender.Own(words, 0)) };
    }

    private static async Task<Dictionary<string, double>> ResumeAsync(Contender contender, int viewers)
    {
        await using var server = await contender.StartAsync();
        // A server that cannot resume must generate and send the 9,000 missing words.
        var (path, headers) = (contender.Own(9_000, 0), "");
        if (contender.HasStreams)
        {
            var (shared, id) = await contender.ShareAsync(server, 10_000, 0);
            await Contender.WaitUntilCompleteAsync(server, id);
            (path, headers) = (shared, $"Last-Event-ID: {id}.1001\r\n");
        }
        return new() { ["events/s"] = await WarmRateAsync(server, viewers, path, headers) };
    }

    /// <summary>Events per second after tiered compilation has finished, over enough rounds to average out garbage collections.</summary>
    private static async Task<double> WarmRateAsync(ServerProcess server, int viewers, string path, string headers = "")
    {
        await RateAsync(server, viewers, path, headers, WarmUp);
        // Background compilation finishes shortly after the calls that triggered it.
        await Task.Delay(500);
        return await RateAsync(server, viewers, path, headers, Measured);
    }

    private static async Task<double> RateAsync(ServerProcess server, int viewers, string path, string headers, TimeSpan atLeast)
    {
        var (events, time) = (0L, TimeSpan.Zero);
        while (time < atLeast)
        {
            var round = await ReadAllAsync(server, viewers, path, headers);
            (events, time) = (events + round.Events, time + round.Time);
        }
        return events / time.TotalSeconds;
    }

    private static async Task<Dictionary<string, double>> FanOutAsync(Contender contender, int viewers)
    {
        const int pace = 20, seconds = 6;
        await using var server = await contender.StartAsync();
        var (path, _) = await contender.ShareAsync(server, (seconds + 20) * 1000 / pace, pace);
        await using var load = await LoadViewers.GatherAsync(server, viewers, path,
            () => contender.HasStreams ? new LightViewer { Arrivals = [] } : new LightViewer { Stamps = [] });
        var (cpu, events) = await load.ObserveAsync(server, TimeSpan.FromSeconds(seconds));
        await load.StopReadingAsync();
        var late = Lateness.OfShared(load.Viewers);
        return new()
        {
            // A server that cannot keep up with the pace delays events, or sends several at once.
            ["events/s"] = events / (double)seconds,
            ["cpu µs/event"] = cpu.TotalMicroseconds / events,
            ["latency p50 ms"] = Lateness.Percentile(late, 0.5),
            ["latency p99 ms"] = Lateness.Percentile(late, 0.99),
        };
    }

    private static async Task<Dictionary<string, double>> PacedAsync(Contender contender, int viewers)
    {
        const int pace = 100, seconds = 8;
        await using var server = await contender.StartAsync();
        await ReadAllAsync(server, 1, contender.Own(1_000, 0));
        var idle = server.ResidentBytes;
        await using var load = await LoadViewers.GatherAsync(server, viewers, contender.Own((seconds + 60) * 1000 / pace, pace), () => new LightViewer { Arrivals = [] });
        var (cpu, events) = await load.ObserveAsync(server, TimeSpan.FromSeconds(seconds));
        var resident = server.ResidentBytes;
        await load.StopReadingAsync();
        var gaps = Lateness.OfGaps(load.Viewers);
        return new()
        {
            ["events/s"] = events / (double)seconds,
            ["cpu µs/event"] = cpu.TotalMicroseconds / events,
            ["kB/viewer"] = (resident - idle) / 1024.0 / viewers,
            ["gap p99 over pace ms"] = Math.Max(0.01, Lateness.Percentile(gaps, 0.99) - pace),
        };
    }

    /// <summary>
    /// 1,000 events per second of 50 generations, and how long after its due time each event arrived. A generation starts once its
    /// first event is stored, so the arrival of that event determines when the others are due.
    /// </summary>
    private static async Task<Dictionary<string, double>> StoreLatencyAsync(Contender contender)
    {
        const int pace = 50, seconds = 8;
        await using var server = await contender.StartAsync();
        await RateAsync(server, 10, contender.Own(1_000, 0), "", TimeSpan.FromSeconds(2));
        var viewers = Enumerable.Range(0, 50).Select(_ => new LightViewer { Arrivals = [] }).ToList();
        viewers.ForEach(viewer => viewer.BeginNotes());
        await Task.WhenAll(viewers.Select(async (viewer, i) =>
        {
            // The starts are staggered, because the store would combine simultaneous appends.
            await Task.Delay(i);
            await viewer.ConnectAsync(server.Address, contender.Own(seconds * 1000 / pace, pace));
            await viewer.ReadAsync(CancellationToken.None);
        }));
        // Besides segments, the stream has its first and its terminal event, and the response has a retry and a sentinel.
        var late = viewers.SelectMany(viewer => viewer.Arrivals!.Skip(2).SkipLast(2).Select((arrival, i) =>
            ((arrival - viewer.Arrivals![1]) * 1000.0 / Stopwatch.Frequency) - (i * pace))).Order().ToArray();
        viewers.ForEach(viewer => viewer.Dispose());
        return new() { ["latency p50 ms"] = Lateness.Percentile(late, 0.5), ["latency p99 ms"] = Lateness.Percentile(late, 0.99) };
    }

    private static async Task<Dictionary<string, double>> ResetAsync(Contender contender, int viewers)
    {
        await using var server = await contender.StartAsync();
        await ReadAllAsync(server, 1, contender.Own(1_000, 0));
        var sockets = server.OpenSockets;
        await using var load = await LoadViewers.GatherAsync(server, viewers, contender.Own(10_000, 100), () => new LightViewer());
        await load.ObserveAsync(server, TimeSpan.FromSeconds(2));
        var begun = Stopwatch.GetTimestamp();
        load.Reset();
        while (server.OpenSockets > sockets)
            await Task.Delay(2);
        return new() { ["quiet after ms"] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds };
    }

    private static async Task<Dictionary<string, double>> ColdAsync(Contender contender)
    {
        var begun = Stopwatch.GetTimestamp();
        await using var server = await contender.StartAsync();
        using var viewer = new LightViewer();
        await viewer.ConnectAsync(server.Address, contender.Own(10, 0));
        await viewer.ReadFirstByteAsync();
        var first = Stopwatch.GetElapsedTime(begun);
        await Task.Delay(500);
        return new() { ["first byte ms"] = first.TotalMilliseconds, ["idle MB"] = server.ResidentBytes / 1024.0 / 1024 };
    }

    private static async Task<(long Events, TimeSpan Time)> ReadAllAsync(ServerProcess server, int viewers, string path, string headers = "")
    {
        var all = Enumerable.Range(0, viewers).Select(_ => new LightViewer()).ToList();
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(all.Select(async viewer =>
        {
            await viewer.ConnectAsync(server.Address, path, headers);
            await viewer.ReadAsync(CancellationToken.None);
        }));
        var time = Stopwatch.GetElapsedTime(begun);
        all.ForEach(viewer => viewer.Dispose());
        return (all.Sum(viewer => (long)viewer.Events), time);
    }
}
