using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Application.Limits;

/// <summary>Section <c>Limits</c>: what one request, one client and all clients of a node may ask for.</summary>
public sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Generations that run at once; zero: no bound.</summary>
    [Range(0, 10_000_000)]
    public int RunningGenerations { get; set; } = 10_000;

    /// <summary>Generations of one client that run at once; zero: no bound.</summary>
    [Range(0, 10_000_000)]
    public int RunningGenerationsPerClient { get; set; } = 100;

    /// <summary>Event streams that are being sent; zero: no bound.</summary>
    [Range(0, 10_000_000)]
    public int Viewers { get; set; } = 20_000;

    /// <summary>Event streams that are being sent to one client; zero: no bound.</summary>
    [Range(0, 10_000_000)]
    public int ViewersPerClient { get; set; } = 250;

    /// <summary>Generations that a client may start in a minute; zero: no bound.</summary>
    [Range(0, 1_000_000)]
    public int StartsPerMinutePerClient { get; set; } = 300;

    /// <summary>Length of a prompt in UTF-16 code units.</summary>
    [Range(1, 100_000_000)]
    public int PromptCharacters { get; set; } = 32 * 1024;

    /// <summary>Messages of a conversation.</summary>
    [Range(1, 100_000)]
    public int Messages { get; set; } = 256;

    /// <summary>Length of all messages of a conversation together, in UTF-16 code units.</summary>
    [Range(1, 100_000_000)]
    public int ConversationCharacters { get; set; } = 128 * 1024;
}
