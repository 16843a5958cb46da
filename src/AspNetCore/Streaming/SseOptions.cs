using System.ComponentModel.DataAnnotations;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>Section <c>Sse</c>: how events are delivered.</summary>
internal sealed class SseOptions
{
    public const string Section = "Sse";

    /// <summary>How long a response sends nothing before a comment keeps the connection alive.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long clients wait before they reconnect. It must be shorter than the grace period, or a lost connection stops the generation.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a client may leave sent bytes unread before its response is aborted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan WriteDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a response may last, plus or minus a tenth so that many do not end together; zero is no limit.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan MaxConnectionAge { get; set; } = TimeSpan.Zero;
}
