using SseStreaming.AspNetCore.Streaming;


namespace SseStreaming.UnitTests.AspNetCore.Streaming;

internal sealed class ViewerMetricsTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Flushes_AreCountedWithoutAllocation(bool listens)
    {
        const int flushes = 10_000;
        var meters = new Meters();
        var metrics = new ViewerMetrics(meters, TimeProvider.System);
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        long events = 0, bytes = 0;
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _ = instrument.Unit == "By" ? bytes += value : events += value);
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (listens && ReferenceEquals(instrument.Meter.Scope, meters))
                self.EnableMeasurementEvents(instrument);
        };
        listener.Start();
        metrics.Sent(1, 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < flushes; i++)
            metrics.Sent(events: 2, bytes: 100);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(allocated, Is.Zero);
        Assert.That((events, bytes), Is.EqualTo(listens ? (1 + (2L * flushes), 1 + (100L * flushes)) : (0, 0)));
    }
}
