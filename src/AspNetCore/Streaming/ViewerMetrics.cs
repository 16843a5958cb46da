using System.Diagnostics.Metrics;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>The metrics of viewers and of the events that are sent to them. docs/operations.md describes each.</summary>
internal sealed class ViewerMetrics
{
    public const string MeterName = "SseStreaming.Viewers";

    private const string End = "sse_streaming.viewer.end";

    private readonly UpDownCounter<long> _active;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _sentEvents;
    private readonly Counter<long> _sentBytes;
    private readonly TimeProvider _time;

    public ViewerMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(MeterName);
        _active = meter.CreateUpDownCounter<long>("sse_streaming.active_viewers", "{viewer}", "Open responses that show an event stream.");
        _duration = meter.CreateHistogram("sse_streaming.viewer.duration", "s", "From the start of such a response to its end.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400] });
        _sentEvents = meter.CreateCounter<long>("sse_streaming.sent_events", "{event}", "Events that were sent to viewers.");
        _sentBytes = meter.CreateCounter<long>("sse_streaming.sent_bytes", "By", "Bytes of event streams that were sent to viewers.");
    }

    /// <summary>Counts a viewer until <see cref="Ended"/>, which takes the returned time stamp.</summary>
    public long Opened()
    {
        _active.Add(1);
        return _time.GetTimestamp();
    }

    public void Ended(long opened, ViewerEnd end)
    {
        _active.Add(-1);
        _duration.Record(_time.GetElapsedTime(opened).TotalSeconds, new KeyValuePair<string, object?>(End, ToTagValue(end)));
    }

    /// <summary>Counts the events and bytes of one flush.</summary>
    public void Sent(int events, int bytes)
    {
        _sentEvents.Add(events);
        _sentBytes.Add(bytes);
    }

    private static string ToTagValue(ViewerEnd end) => end switch
    {
        ViewerEnd.Finished => "finished",
        ViewerEnd.ClientDisconnected => "left",
        ViewerEnd.TooSlow => "too_slow",
        ViewerEnd.ConnectionAgeReached => "aged",
        ViewerEnd.AccessExpired => "access_expired",
        ViewerEnd.Stopping => "stopping",
        ViewerEnd.Expired => "expired",
        _ => "faulted",
    };
}
