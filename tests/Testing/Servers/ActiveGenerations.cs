using System.Diagnostics.Metrics;

namespace SseStreaming.Testing.Servers;

/// <summary>The value of the metric <c>sse_streaming.active_generations</c> of one server.</summary>
internal sealed class ActiveGenerations : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public ActiveGenerations(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == "sse_streaming.active_generations")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _count, change));
        _listener.Start();
    }

    public int Count => (int)Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
