using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Telemetry;

/// <summary>The values of metric tags. The set is fixed, because each further value would create a time series.</summary>
internal static class MetricTagValues
{
    private const string Other = "other";

    /// <summary>The finish reasons with a time series of their own; upstreams may use others.</summary>
    private static readonly string[] FinishReasons = ["stop", "length", "content_filter", "tool_calls", "duration", "unknown"];

    private static readonly string[] StopReasons = ["requested", "abandoned", "limit"];

    public static string ToTagValue(EventKind? ending) => ending switch
    {
        EventKind.Completed => "completed",
        EventKind.Stopped => "stopped",
        EventKind.Failed => "failed",
        _ => "lost",
    };

    public static string ToTagValue(AppendResult? result) => result switch
    {
        AppendResult.Appended => "appended",
        AppendResult.Refused => "refused",
        AppendResult.Full => "full",
        _ => "unavailable",
    };

    public static string ToTagValue(ResumePoint? point) => point switch
    {
        ResumePoint.Readable => "readable",
        ResumePoint.Ended => "ended",
        ResumePoint.Expired => "expired",
        ResumePoint.BeyondEnd => "beyond_end",
        _ => "unknown_stream",
    };

    /// <summary>The reason of a terminal event; for a failure the last part of the problem type.</summary>
    public static string ToReasonTagValue(string? reason) =>
        reason is null ? Other
        : ProblemTypes.GetName(reason) is { } problem ? problem
        : FinishReasons.Contains(reason, StringComparer.Ordinal) || StopReasons.Contains(reason, StringComparer.Ordinal) ? reason
        : Other;
}
