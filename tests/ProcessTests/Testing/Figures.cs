using System.Globalization;

namespace SseStreaming.ProcessTests.Testing;

/// <summary>Measured times, in milliseconds.</summary>
internal sealed class Figures(IEnumerable<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public double Median => At(0.5);

    public double Largest => _sorted[^1];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"median {Median:0.0} ms, p99 {At(0.99):0.0} ms, largest {Largest:0.0} ms, of {_sorted.Length}");

    private double At(double part) => _sorted[Math.Min(_sorted.Length - 1, (int)(_sorted.Length * part))];
}
