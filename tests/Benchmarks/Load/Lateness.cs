using System.Diagnostics;

namespace SseStreaming.Benchmarks.Load;

/// <summary>Delays of events, in milliseconds.</summary>
internal static class Lateness
{
    /// <summary>For one stream that all viewers share: the delay after the first arrival of the same event at any viewer.</summary>
    public static double[] OfShared(IEnumerable<LightViewer> viewers)
    {
        var arrivals = viewers.SelectMany(viewer => viewer.Noted).ToList();
        var first = arrivals.GroupBy(arrival => arrival.Event).ToDictionary(group => group.Key, group => group.Min(arrival => arrival.At));
        return [.. arrivals.Select(arrival => Milliseconds(arrival.At - first[arrival.Event])).Order()];
    }

    /// <summary>The time between two consecutive events of a viewer.</summary>
    public static double[] OfGaps(IEnumerable<LightViewer> viewers) =>
        [.. viewers.SelectMany(viewer => viewer.Arrivals!.Zip(viewer.Arrivals!.Skip(1).ToArray(), (before, after) => Milliseconds(after - before))).Order()];

    public static double Percentile(double[] sorted, double part) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
