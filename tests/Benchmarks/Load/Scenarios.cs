using System.Diagnostics;

namespace SseStreaming.Benchmarks.Load;

/// <summary>One measurement: figures by name. Higher is better if the name ends in "/s", otherwise lower is better.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="MeasureAsync">Loads a server, and measures it.</param>
/// <param name="IsFresh">
/// True if each round needs a server of its own. Otherwise the servers of all contenders run during all rounds and the load alternates between
/// them, so that the state of the machine and of the compilers is the same for all.
/// </param>
internal sealed record Scenario(string Name, Func<Contender, ServerProcess, Task<Dictionary<string, double>>> MeasureAsync, bool IsFresh = false);

internal static class Scenarios
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("one", (contender, server) => UnthrottledAsync(contender, server, viewers: 1, words: 100_000)),
        new("own-100", (contender, server) => UnthrottledAsync(contender, server, viewers: 100, words: 2_000)),
        new("own-1000", (contender, server) => UnthrottledAsync(contender, server, viewers: 1_000, words: 2_000)),
        new("fresh-100", FreshAsync, IsFresh: true),
        new("resume-1", (contender, server) => ResumeAsync(contender, server, viewers: 1)),
        new("resume-200", (contender, server) => ResumeAsync(contender, server, viewers: 200)),
        new("fan-out-500", (contender, server) => FanOutAsync(contender, server, viewers: 500)),
        new("fan-out-1000", (contender, server) => FanOutAsync(contender, server, viewers: 1_000)),
        new("fan-out-5000", (contender, server) => FanOutAsync(contender, server, viewers: 5_000)),
        new("paced-2500", (contender, server) => PacedAsync(contender, server, viewers: 2_500)),
        new("paced-5000", (contender, server) => PacedAsync(contender, server, viewers: 5_000)),
        new("paced-10000", (contender, server) => PacedAsync(contender, server, viewers: 10_000)),
        new("memory-2500", (contender, server) => MemoryAsync(contender, server, viewers: 2_500), IsFresh: true),
        new("reset-2000", (contender, server) => ResetAsync(contender, server, viewers: 2_000)),
        new("cold", ColdAsync, IsFresh: true),
    ];

    /// <summary>Scenarios that depend on the store: the same server with each store.</summary>
    public static IReadOnlyList<Scenario> OfStores { get; } =
    [
        new("store-100", (contender, server) => UnthrottledAsync(contender, server, viewers: 100, words: 2_000)),
        new("store-latency", StoreLatencyAsync),
    ];

    /// <summary>Scenarios of the same server through each of its doors.</summary>
    public static IReadOnlyList<Scenario> OfDoors { get; } =
    [
        new("doors-100", (contender, server) => UnthrottledAsync(contender, server, viewers: 100, words: 2_000)),
        new("doors-paced-1000", (contender, server) => PacedAsync(contender, server, viewers: 1_000)),
    ];

    /// <summary>Scenarios beside a server that only broadcasts.</summary>
    public static IReadOnlyList<Scenario> OfBroadcasts { get; } =
    [
        new("nchan-500", (contender, server) => FanOutAsync(contender, server, viewers: 500)),
        new("nchan-1000", (contender, server) => FanOutAsync(contender, server, viewers: 1_000)),
    ];

    /// <summary>Scenarios of clients that append to streams of their own, or all to one.</summary>
    public static IReadOnlyList<Scenario> OfWriters { get; } =
    [
        new("durable-append", (_, server) => AppendAsync(server, streams: 64)),
        new("durable-append-one", (_, server) => AppendAsync(server, streams: 1)),
    ];

    private static async Task<Dictionary<string, double>> AppendAsync(ServerProcess server, int streams)
    {
        await LightWriter.RateAsync(server.Address, writers: 64, streams, WarmUp);
        return new() { ["appends/s"] = await LightWriter.RateAsync(server.Address, writers: 64, streams, Measured) };
    }

    private static async Task<Dictionary<string, double>> UnthrottledAsync(Contender contender, ServerProcess server, int viewers, int words)
    {
        return new() { ["events/s"] = await WarmRateAsync(server, viewers, contender.Own(words, 0)) };
    }

    private static async Task<Dictionary<string, double>> ResumeAsync(Contender contender, ServerProcess server, int viewers)
    {
        // A server that cannot resume must generate and send the 9,000 missing words.
        var request = contender.Own(9_000, 0);
        if (contender.HasStreams)
        {
            var (shared, id) = await contender.ShareAsync(server, 10_000, 0);
            await Contender.WaitUntilCompleteAsync(server, id);
            request = shared with { Headers = $"Last-Event-ID: {id}.1001\r\n" };
        }
        return new() { ["events/s"] = await WarmRateAsync(server, viewers, request) };
    }

    /// <summary>Events per second after tiered compilation has finished, over enough rounds to average out garbage collections.</summary>
    private static async Task<double> WarmRateAsync(ServerProcess server, int viewers, LoadRequest request)
    {
        await RateAsync(server, viewers, request, WarmUp);
        // Background compilation finishes shortly after the calls that triggered it.
        await Task.Delay(500);
        return await RateAsync(server, viewers, request, Measured);
    }

    private static async Task<double> RateAsync(ServerProcess server, int viewers, LoadRequest request, TimeSpan atLeast)
    {
        var (events, time) = (0L, TimeSpan.Zero);
        while (time < atLeast)
        {
            var round = await ReadAllAsync(server, viewers, request);
            (events, time) = (events + round.Events, time + round.Time);
        }
        return events / time.TotalSeconds;
    }

    private static async Task<Dictionary<string, double>> FanOutAsync(Contender contender, ServerProcess server, int viewers)
    {
        const int pace = 25, seconds = 6;
        var (request, streamId) = await contender.ShareAsync(server, (seconds + 60) * 1000 / pace, pace);
        await using var load = await LoadViewers.GatherAsync(server, viewers, request,
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

    private static async Task<Dictionary<string, double>> PacedAsync(Contender contender, ServerProcess server, int viewers)
    {
        const int pace = 100, seconds = 8;
        await using var load = await LoadViewers.GatherAsync(server, viewers, contender.Own((seconds + 60) * 1000 / pace, pace), () => new LightViewer { Arrivals = [] });
        var (cpu, events) = await load.ObserveAsync(server, TimeSpan.FromSeconds(seconds));
        await load.StopReadingAsync();
        var gaps = Lateness.OfGaps(load.Viewers);
        return new()
        {
            ["events/s"] = events / (double)seconds,
            ["cpu µs/event"] = cpu.TotalMicroseconds / events,
            ["gap p99 over pace ms"] = Math.Max(0.01, Lateness.Percentile(gaps, 0.99) - pace),
        };
    }

    /// <summary>The memory of viewers with 250 words each, of a server that served some before.</summary>
    private static async Task<Dictionary<string, double>> MemoryAsync(Contender contender, ServerProcess server, int viewers)
    {
        const int pace = 100, words = 250;
        await ReadAllAsync(server, 1, contender.Own(1_000, 0));
        var idle = server.ResidentBytes;
        await using var load = await LoadViewers.GatherAsync(server, viewers, contender.Own(words * 4, pace), () => new LightViewer());
        while (load.Viewers.Any(viewer => viewer.Events < words))
            await Task.Delay(100);
        return new() { ["kB/viewer"] = (server.ResidentBytes - idle) / 1024.0 / viewers };
    }

    /// <summary>Events per second of a server that has just started, and after ten seconds of load.</summary>
    private static async Task<Dictionary<string, double>> FreshAsync(Contender contender, ServerProcess server)
    {
        var request = contender.Own(2_000, 0);
        var fresh = await RateAsync(server, 100, request, TimeSpan.FromSeconds(1));
        await RateAsync(server, 100, request, TimeSpan.FromSeconds(10));
        return new() { ["events/s"] = fresh, ["after 10 s, events/s"] = await RateAsync(server, 100, request, Measured) };
    }

    /// <summary>
    /// 1,000 events per second of 50 generations, and how long after its due time each event arrived. A generation starts once its
    /// first event is stored, so the arrival of that event determines when the others are due.
    /// </summary>
    private static async Task<Dictionary<string, double>> StoreLatencyAsync(Contender contender, ServerProcess server)
    {
        const int pace = 50, seconds = 8;
        await RateAsync(server, 10, contender.Own(1_000, 0), TimeSpan.FromSeconds(2));
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

    /// <summary>Viewers that disconnect at once: when their sockets are closed, and the processor time from then on until two seconds later.</summary>
    private static async Task<Dictionary<string, double>> ResetAsync(Contender contender, ServerProcess server, int viewers)
    {
        await ReadAllAsync(server, 1, contender.Own(1_000, 0));
        var sockets = server.OpenSockets;
        await using var load = await LoadViewers.GatherAsync(server, viewers, contender.Own(10_000, 100), () => new LightViewer());
        await load.ObserveAsync(server, TimeSpan.FromSeconds(2));
        var (cpu, begun) = (server.Cpu, Stopwatch.GetTimestamp());
        load.Reset();
        while (server.OpenSockets > sockets)
            await Task.Delay(2);
        var quiet = Stopwatch.GetElapsedTime(begun);
        await Task.Delay(TimeSpan.FromSeconds(2));
        return new() { ["quiet after ms"] = quiet.TotalMilliseconds, ["cpu ms"] = (server.Cpu - cpu).TotalMilliseconds };
    }

    private static async Task<Dictionary<string, double>> ColdAsync(Contender contender, ServerProcess server)
    {
        using var viewer = new LightViewer();
        await viewer.ConnectAsync(server.Address, contender.Own(10, 0));
        await viewer.ReadFirstByteAsync();
        var first = Stopwatch.GetElapsedTime(server.Begun);
        await Task.Delay(500);
        return new() { ["first byte ms"] = first.TotalMilliseconds, ["idle MB"] = server.ResidentBytes / 1024.0 / 1024 };
    }

    private static async Task<(long Events, TimeSpan Time)> ReadAllAsync(ServerProcess server, int viewers, LoadRequest request)
    {
        var all = Enumerable.Range(0, viewers).Select(_ => new LightViewer()).ToList();
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(all.Select(async viewer =>
        {
            await viewer.ConnectAsync(server.Address, request);
            await viewer.ReadAsync(CancellationToken.None);
        }));
        var time = Stopwatch.GetElapsedTime(begun);
        all.ForEach(viewer => viewer.Dispose());
        return (all.Sum(viewer => (long)viewer.Events), time);
    }
}
