using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Api.Streaming;

/// <summary>Section <c>Sse</c>: how events are delivered.</summary>
internal sealed class SseOptions
{
    public const string Section = "Sse";

    /// <summary>How long a viewer hears nothing before a comment tells it that the connection is alive.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long clients are asked to wait before they reconnect. Shorter than the grace, or a drop ends the generation.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a viewer may leave what was sent unread before it is dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan WriteDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a response lasts at the most, give or take a tenth, so that many don't end at once; zero: without end.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan MaxConnectionAge { get; set; } = TimeSpan.Zero;

    /// <summary>How long connections may go on when the server stops and has drained, before they are cut. Viewers who read don't need it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StopDeadline { get; set; } = TimeSpan.FromSeconds(1);
}
