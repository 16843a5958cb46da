using System.Diagnostics.Metrics;

namespace SseStreaming.Testing;

/// <summary>Makes meters that nobody listens to but who asks for it with <see cref="Measurements"/>.</summary>
public sealed class Meters : IMeterFactory
{
    public Meter Create(MeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Scope = this;
        return new Meter(options);
    }

    /// <summary>A meter without a listener holds nothing.</summary>
    public void Dispose()
    {
    }
}
