using System.Diagnostics.Metrics;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>Metrics of the writers that group the writes of many streams; docs/operations.md describes each.</summary>
internal sealed class StoreMetrics
{
    public const string MeterName = "SseStreaming.Stores";

    private const string System = "db.system.name";
    private const string Outcome = "sse_streaming.outcome";

    private readonly Histogram<long> _groupWrites;
    private readonly Histogram<double> _groupDuration;
    private readonly TimeProvider _time;

    public StoreMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(MeterName);
        _groupWrites = meter.CreateHistogram("sse_streaming.store.group.writes", "{write}", "Writes that share one transaction.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] });
        _groupDuration = meter.CreateHistogram("sse_streaming.store.group.duration", "s", "One transaction with a group of writes, until it is committed or has failed.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10] });
    }

    public long BeginGroup() => _time.GetTimestamp();

    /// <param name="system">The database, by OpenTelemetry's name for it.</param>
    public void GroupCommitted(string system, int writes, long begun)
    {
        _groupWrites.Record(writes, new KeyValuePair<string, object?>(System, system));
        RecordDuration(system, "committed", begun);
    }

    public void GroupFailed(string system, long begun) => RecordDuration(system, "failed", begun);

    private void RecordDuration(string system, string outcome, long begun) =>
        _groupDuration.Record(_time.GetElapsedTime(begun).TotalSeconds, new(System, system), new(Outcome, outcome));
}
