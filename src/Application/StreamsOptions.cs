using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Application;

/// <summary>Section <c>Streams</c>: lifetime and size of streams.</summary>
internal sealed class StreamsOptions
{
    public const string Section = "Streams";

    /// <summary>How long a generation may run without a viewer before it is stopped; zero: it is stopped at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a closed stream is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a node may miss lease renewals before another node continues its generations, or closes them as interrupted. A node renews its lease three
    /// times in this period.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a generation waits for an unavailable store before it ends as failed.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StorePatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a stopping server lets its generations finish before it interrupts them; zero: it interrupts them at once. It does not
    /// wait for streams without an end.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The period over which the viewers of a stopping server reconnect, each after a random delay.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan DrainSpread { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// True to keep the request of a running generation (its prompt or messages included) in the store, so that another node or the next
    /// process can continue the generation. It is removed with the terminal event.
    /// </summary>
    public bool KeepRequests { get; set; } = true;

    /// <summary>Events of one stream, the first and the terminal one included. A stream that reaches it is stopped.</summary>
    [Range(3, 100_000_000)]
    public int MaxEventsPerStream { get; set; } = 1_000_000;

    /// <summary>Length of one passage in UTF-16 code units. A stream that would exceed it is stopped.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxCharactersPerStream { get; set; } = 64 * 1024 * 1024;

    /// <summary>Streams that are kept at once, open or closed.</summary>
    [Range(1, 10_000_000)]
    public int MaxStreams { get; set; } = 100_000;

    /// <summary>Bytes of all streams. Above it closed streams are dropped, oldest first; then open ones are stopped.</summary>
    [Range(64 * 1024, long.MaxValue)]
    public long MaxTotalBytes { get; set; } = 1024L * 1024 * 1024;
}
