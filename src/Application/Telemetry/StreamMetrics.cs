using System.Diagnostics.Metrics;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Telemetry;

/// <summary>Metrics of streams and generations. docs/operations.md explains each of them.</summary>
internal sealed class StreamMetrics
{
    public const string MeterName = "SseStreaming.Streams";

    private const string Source = "sse_streaming.source";
    private const string Ending = "sse_streaming.ending";
    private const string Reason = "sse_streaming.reason";
    private const string Outcome = "sse_streaming.outcome";

    private readonly UpDownCounter<long> _active;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _timeToFirstSegment;
    private readonly Histogram<double> _segmentGap;
    private readonly Counter<long> _terminalEvents;
    private readonly Counter<long> _appendedEvents;
    private readonly Histogram<double> _appendDuration;
    private readonly Counter<long> _resumes;
    private readonly Histogram<long> _resumeDistance;

    public StreamMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _active = meter.CreateUpDownCounter<long>(
            "sse_streaming.active_generations", "{generation}", "Generations whose generator has not been disposed yet.");
        _duration = meter.CreateHistogram(
            "sse_streaming.generation.duration", "s", "From the start of a generation to its terminal event.", advice: Buckets.Long);
        _timeToFirstSegment = meter.CreateHistogram(
            "sse_streaming.generation.time_to_first_segment", "s", "From the start of a generation until its first segment is stored.", advice: Buckets.Short);
        _segmentGap = meter.CreateHistogram(
            "sse_streaming.generation.segment_gap", "s", "From one append with segments to the next of the same generation.", advice: Buckets.Short);
        _terminalEvents = meter.CreateCounter<long>("sse_streaming.terminal_events", "{event}", "Terminal events that were stored.");
        _appendedEvents = meter.CreateCounter<long>("sse_streaming.appended_events", "{event}", "Events that generations stored after the first one.");
        _appendDuration = meter.CreateHistogram(
            "sse_streaming.store.append.duration", "s", "One try to append to the store, until the store answers.", advice: Buckets.Quick);
        _resumes = meter.CreateCounter<long>("sse_streaming.resumes", "{resume}", "Requests with a last event id.");
        _resumeDistance = meter.CreateHistogram(
            "sse_streaming.resume.distance", "{event}", "Stored events after the last one that a resuming viewer saw.", advice: Buckets.Events);
    }

    /// <summary>False if the duration of appends is not collected, so that the clock need not be read.</summary>
    public bool TimesAppends => _appendDuration.Enabled;

    public void GenerationStarted(string source) => _active.Add(1, Tag(Source, source));

    public void GenerationReleased(string source) => _active.Add(-1, Tag(Source, source));

    /// <param name="ending">Null if the stream was lost to another node.</param>
    public void GenerationEnded(string source, EventKind? ending, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, Tag(Source, source), Tag(Ending, MetricTagValues.ToTagValue(ending)));

    public void FirstSegmentShown(string source, TimeSpan since) => _timeToFirstSegment.Record(since.TotalSeconds, Tag(Source, source));

    public void SegmentsShown(string source, TimeSpan since) => _segmentGap.Record(since.TotalSeconds, Tag(Source, source));

    public void EventsAppended(string source, int count) => _appendedEvents.Add(count, Tag(Source, source));

    public void StreamClosed(string source, EventKind ending, string? reason) => _terminalEvents.Add(
        1, Tag(Source, source), Tag(Ending, MetricTagValues.ToTagValue(ending)), Tag(Reason, MetricTagValues.ToReasonTagValue(reason)));

    /// <param name="result">Null if the store was unavailable.</param>
    public void AppendTried(AppendResult? result, TimeSpan duration) =>
        _appendDuration.Record(duration.TotalSeconds, Tag(Outcome, MetricTagValues.ToTagValue(result)));

    /// <param name="point">Null if there is no such stream.</param>
    /// <param name="distance">Number of stored events that the viewer has not seen.</param>
    public void Resumed(ResumePoint? point, long distance)
    {
        _resumes.Add(1, Tag(Outcome, MetricTagValues.ToTagValue(point)));
        if (point is ResumePoint.Readable)
            _resumeDistance.Record(distance);
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static class Buckets
    {
        /// <summary>Times until or between segments: from no pause to a silent model.</summary>
        public static InstrumentAdvice<double> Short { get; } =
            new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] };

        /// <summary>Times of store operations: from memory to an overloaded database.</summary>
        public static InstrumentAdvice<double> Quick { get; } =
            new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10] };

        public static InstrumentAdvice<double> Long { get; } =
            new() { HistogramBucketBoundaries = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400] };

        public static InstrumentAdvice<long> Events { get; } =
            new() { HistogramBucketBoundaries = [0, 1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 100_000] };
    }
}
