using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace SseStreaming.Testing;

/// <summary>
/// All measurements of the meters of one factory, which belongs to one server. It records all instruments, so that a test also
/// detects unexpected ones.
/// </summary>
public sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _all = new();

    public Measurements(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(Add);
        _listener.SetMeasurementEventCallback<long>(Add);
        _listener.SetMeasurementEventCallback<int>(Add);
        _listener.Start();
    }

    public IReadOnlyCollection<Measured> All => _all;

    /// <summary>The measurements of an instrument that have at least the given tags.</summary>
    public IReadOnlyList<Measured> Get(string instrument, params (string Tag, object Value)[] tags) =>
        [.. _all.Where(measured => measured.Instrument == instrument && tags.All(tag => tag.Value.Equals(measured.Tags.GetValueOrDefault(tag.Tag))))];

    public IEnumerable<double> GetValues(string instrument, params (string Tag, object Value)[] tags) => Get(instrument, tags).Select(measured => measured.Value);

    public double GetSum(string instrument, params (string Tag, object Value)[] tags) => GetValues(instrument, tags).Sum();

    public void Dispose() => _listener.Dispose();

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        where T : IConvertible =>
        _all.Enqueue(new Measured(instrument.Name, instrument.Unit, value.ToDouble(CultureInfo.InvariantCulture), new Dictionary<string, object?>(tags.ToArray())));
}

/// <summary>One measurement.</summary>
public sealed record Measured(string Instrument, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags);
