using System.Globalization;

namespace SseStreaming.EnduranceTests.Soak;

/// <summary>
/// The trend of a measured quantity. Its slope is the median of the slopes between all pairs of readings (Theil–Sen estimator):
/// a single peak, such as that of a restart, does not affect it; continued growth does.
/// </summary>
internal sealed class Trend
{
    private readonly string _name;
    private readonly double _unit;

    public Trend(string name, IReadOnlyList<(TimeSpan At, double Value)> readings, double unit = 1)
    {
        if (readings.Count < 2)
            throw new ArgumentException("A trend requires at least two readings.", nameof(readings));
        _name = name;
        _unit = unit;
        Median = MedianOf(readings.Select(reading => reading.Value));
        Largest = readings.Max(reading => reading.Value);
        var slopes = readings.SelectMany((from, i) => readings.Skip(i + 1)
            .Select(to => (to.Value - from.Value) / (to.At - from.At).TotalSeconds));
        Drift = MedianOf(slopes) * (readings[^1].At - readings[0].At).TotalSeconds;
    }

    public double Median { get; }

    public double Largest { get; }

    /// <summary>The estimated growth from the first reading to the last.</summary>
    public double Drift { get; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{_name}: median {Median / _unit:0.0}, largest {Largest / _unit:0.0}, drift {Drift / _unit:+0.00;-0.00;0} ({Drift / Median:+0.0 %;-0.0 %;0 %})");

    private static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
