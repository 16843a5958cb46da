using System.Diagnostics;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Telemetry;

/// <summary>
/// Metrics and the span of one generation. The span begins in the trace of the request that started the generation, and outlives that
/// request. There is no span per append: those would be larger than the text.
/// </summary>
/// <param name="streamId">The stream.</param>
/// <param name="source">The name of its source.</param>
/// <param name="continued">What an earlier node has stored of the stream; null for a new generation.</param>
/// <param name="metrics">The metrics.</param>
/// <param name="time">The clock.</param>
internal sealed class GenerationTelemetry(StreamId streamId, string source, StreamRecord? continued, StreamMetrics metrics, TimeProvider time)
{
    public const string ActivitySourceName = "SseStreaming.Streams";

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    private Activity? _span;
    private long _begun;
    private long _shown;
    private bool _waits;
    private bool _isHandedOver;
    private EventKind? _ending;

    /// <summary>Makes the span the current one, so it must be called in the context in which the generation runs.</summary>
    public void Begin()
    {
        _begun = time.GetTimestamp();
        if (continued is { Segments: > 0 })
            _shown = _begun;
        metrics.GenerationStarted(source);
        if (!Activities.HasListeners())
            return;
        _span = Activities.StartActivity($"generate {source}");
        _span?.SetTag("sse_streaming.source", source);
        _span?.SetTag("sse_streaming.stream.id", streamId.ToString());
    }

    /// <summary>Links the span of another request to this one. The request that started the generation is the parent already.</summary>
    public void LinkFrom(Activity? request)
    {
        if (_span is { } span && request is { IsAllDataRequested: true } && request.SpanId != span.ParentSpanId)
            request.AddLink(new ActivityLink(span.Context));
    }

    /// <summary>The timestamp of the start of an append; zero if appends are not measured.</summary>
    public long BeginAppend() => metrics.TimesAppends ? time.GetTimestamp() : 0;

    public void EndAppend(long begun, AppendResult? result)
    {
        if (begun != 0)
            metrics.AppendTried(result, time.GetElapsedTime(begun));
        // Once per outage, because the number of tries has no limit.
        if (result is null && !_waits)
            _span?.AddEvent(new ActivityEvent("store unavailable"));
        _waits = result is null;
    }

    /// <summary>Events are stored, and can be shown.</summary>
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

    /// <summary>The terminal event is stored.</summary>
    public void Closed(EventKind ending, string? reason, long segments, long characters)
    {
        _ending = ending;
        metrics.StreamClosed(source, ending, reason);
        if (_span is null)
            return;
        var reasonTag = MetricTagValues.ToReasonTagValue(reason);
        _span.SetTag("sse_streaming.ending", MetricTagValues.ToTagValue(ending));
        _span.SetTag("sse_streaming.reason", reasonTag);
        _span.SetTag("sse_streaming.segments", segments);
        _span.SetTag("sse_streaming.characters", characters);
        if (ending is EventKind.Failed)
            _span.SetTag("error.type", reasonTag).SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Another node continues the generation.</summary>
    public void HandedOver()
    {
        _isHandedOver = true;
        _span?.AddEvent(new ActivityEvent("handed over"));
    }

    /// <summary>The generation has ended on this node, even if its stream could not be closed.</summary>
    public void End()
    {
        if (!_isHandedOver)
            metrics.GenerationEnded(source, _ending, continued is null ? time.GetElapsedTime(_begun) : time.GetUtcNow() - continued.Head.Created);
        if (_ending is null && !_isHandedOver)
            _span?.SetTag("error.type", MetricTagValues.ToTagValue(_ending)).SetStatus(ActivityStatusCode.Error);
        _span?.Dispose();
    }

    /// <summary>The generator has been disposed.</summary>
    public void Released() => metrics.GenerationReleased(source);
}
