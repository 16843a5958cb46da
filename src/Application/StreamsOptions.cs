using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Application;

/// <summary>Section <c>Streams</c>: how long streams live and how large they get.</summary>
public sealed class StreamsOptions
{
    public const string Section = "Streams";

    /// <summary>How long a generation runs on with no viewer before it is stopped; zero: not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stream is kept after it was closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a node that is not heard of keeps its running generations. Another node then closes them as interrupted. A node
    /// renews its lease three times in this span.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a generation waits for a store that fails, before it ends as failed.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StorePatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a server that stops goes on with what it generates, before that is interrupted; zero: not at all. Streams without
    /// end are not waited for.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The span within which the viewers of a server that stops are asked to come back, each at a moment of its own.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan DrainSpread { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Events of one stream, the first and the terminal one included. A stream that gets there is stopped.</summary>
    [Range(3, 100_000_000)]
    public int MaxEventsPerStream { get; set; } = 1_000_000;

    /// <summary>Length of one passage in UTF-16 code units. A stream that would pass it is stopped.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxCharactersPerStream { get; set; } = 64 * 1024 * 1024;

    /// <summary>Streams that are kept at once, open or closed.</summary>
    [Range(1, 10_000_000)]
    public int MaxStreams { get; set; } = 100_000;

    /// <summary>Bytes that all streams take at once. Above it closed streams go, oldest first; then open ones are stopped.</summary>
    [Range(64 * 1024, long.MaxValue)]
    public long MaxTotalBytes { get; set; } = 1024L * 1024 * 1024;
}
