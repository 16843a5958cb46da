using System.Diagnostics.Metrics;

namespace SseStreaming.Testing;

/// <summary>Creates meters for one test, which only its own <see cref="Measurements"/> observe.</summary>
public sealed class Meters : IMeterFactory
{
    public Meter Create(MeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Scope = this;
        return new Meter(options);
    }

    /// <summary>A meter without a listener holds no resources.</summary>
    public void Dispose()
    {
    }
}
