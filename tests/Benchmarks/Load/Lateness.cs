using System.Diagnostics;

namespace SseStreaming.Benchmarks.Load;

/// <summary>How late events came, in milliseconds.</summary>
internal static class Lateness
{
    /// <summary>By the time of sending that an event carries.</summary>
    public static double[] OfStamps(IEnumerable<LightViewer> viewers) =>
        [.. viewers.SelectMany(viewer => viewer.Stamps!.ToArray()).Select(Milliseconds).Order()];

    /// <summary>
    /// Of one generation that all view: events are due at a pace, and the schedule is the earliest that fits what came to anybody.
    /// So this lacks only what the very fastest delivery of the whole run took.
    /// </summary>
    public static double[] OfSchedule(IReadOnlyList<LightViewer> viewers, int pace)
    {
        var arrivals = viewers.SelectMany(viewer => viewer.Arrivals!.ToArray()).Select(Milliseconds).Order().ToArray();
        // Which place in the schedule an event has follows from when it came, as long as it is less than half a pace late.
        var origin = arrivals[0];
        var phases = arrivals.Select(at => (at - origin) % pace).Select(phase => phase > pace / 2.0 ? phase - pace : phase).ToArray();
        var earliest = phases.Order().Skip(phases.Length / 10_000).First();
        return [.. arrivals.Select(at => (((at - origin - earliest) % pace) + pace) % pace).Order()];
    }

    /// <summary>Between two events of one viewer.</summary>
    public static double[] OfGaps(IEnumerable<LightViewer> viewers) =>
        [.. viewers.SelectMany(viewer => viewer.Arrivals!.Zip(viewer.Arrivals!.Skip(1).ToArray(), (before, after) => Milliseconds(after - before))).Order()];

    public static double Percentile(double[] sorted, double part) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
