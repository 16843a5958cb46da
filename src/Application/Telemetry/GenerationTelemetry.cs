using System.Diagnostics;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Telemetry;

/// <summary>
/// What is measured and traced of one generation. Its span begins in the trace of the request that began it, and outlives that
/// request. There is one for the whole generation, not one for each append: those would be more than the text itself.
/// </summary>
internal sealed class GenerationTelemetry(StreamId streamId, string source, StreamMetrics metrics, TimeProvider time)
{
    public const string ActivitySourceName = "SseStreaming.Streams";

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    private Activity? _span;
    private long _begun;
    private long _shown;
    private bool _waits;
    private EventKind? _ending;

    /// <summary>To be called where the rest of the generation runs: its span is the current one from here on.</summary>
    public void Begin()
    {
        _begun = time.GetTimestamp();
        metrics.GenerationStarted(source);
        if (!Activities.HasListeners())
            return;
        _span = Activities.StartActivity($"generate {source}");
        _span?.SetTag("sse_streaming.source", source);
        _span?.SetTag("sse_streaming.stream.id", streamId.ToString());
    }

    /// <summary>Has the span of another request lead to this one; that of the request that began the generation is its parent already.</summary>
    public void LinkFrom(Activity? request)
    {
        if (_span is { } span && request is { IsAllDataRequested: true } && request.SpanId != span.ParentSpanId)
            request.AddLink(new ActivityLink(span.Context));
    }

    /// <summary>When an append begins; zero if nobody wants to know.</summary>
    public long BeginAppend() => metrics.TimesAppends ? time.GetTimestamp() : 0;

    public void EndAppend(long begun, AppendResult? result)
    {
        if (begun != 0)
            metrics.AppendTried(result, time.GetElapsedTime(begun));
        // Once for each time that the store is away: the tries may have no end.
        if (result is null && !_waits)
            _span?.AddEvent(new ActivityEvent("store unavailable"));
        _waits = result is null;
    }

    /// <summary>Events are in the store, and can be shown.</summary>
    public void Shown(int events, int segments)
    {
        metrics.EventsAppended(source, events);
        if (segments == 0)
            return;
        var now = time.GetTimestamp();
        if (_shown != 0)
        {
            metrics.SegmentsShown(source, time.GetElapsedTime(_shown, now));
        }
        else
        {
            metrics.FirstSegmentShown(source, time.GetElapsedTime(_begun, now));
            _span?.AddEvent(new ActivityEvent("first segment"));
        }
        _shown = now;
    }

    /// <summary>The terminal event is in the store.</summary>
    public void Closed(EventKind ending, string? reason, long segments, long characters)
    {
        _ending = ending;
        metrics.StreamClosed(source, ending, reason);
        if (_span is null)
            return;
        var word = MetricTagValues.ToReasonTagValue(reason);
        _span.SetTag("sse_streaming.ending", MetricTagValues.ToTagValue(ending));
        _span.SetTag("sse_streaming.reason", word);
        _span.SetTag("sse_streaming.segments", segments);
        _span.SetTag("sse_streaming.characters", characters);
        if (ending is EventKind.Failed)
            _span.SetTag("error.type", word).SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>The generation is over, whether or not its stream could be closed.</summary>
    public void End()
    {
        metrics.GenerationEnded(source, _ending, time.GetElapsedTime(_begun));
        if (_ending is null)
            _span?.SetTag("error.type", MetricTagValues.ToTagValue(_ending)).SetStatus(ActivityStatusCode.Error);
        _span?.Dispose();
    }

    /// <summary>The generator has let go.</summary>
    public void Released() => metrics.GenerationReleased(source);
}
