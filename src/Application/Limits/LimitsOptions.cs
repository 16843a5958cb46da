using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Application.Limits;

/// <summary>Section <c>Limits</c>: limits per request, per client and per node. The API binds its own settings of this section.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Generations that run at once; zero: no limit.</summary>
    [Range(0, 10_000_000)]
    public int RunningGenerations { get; set; } = 10_000;

    /// <summary>Generations of one client that run at once; zero: no limit.</summary>
    [Range(0, 10_000_000)]
    public int RunningGenerationsPerClient { get; set; } = 100;

    /// <summary>Open responses with events or text; zero: no limit.</summary>
    [Range(0, 10_000_000)]
    public int Viewers { get; set; } = 20_000;

    /// <summary>Open responses with events or text of one client; zero: no limit.</summary>
    [Range(0, 10_000_000)]
    public int ViewersPerClient { get; set; } = 250;

    /// <summary>Generations that a client may start per minute; zero: no limit.</summary>
    [Range(0, 1_000_000)]
    public int StartsPerMinutePerClient { get; set; } = 300;

    /// <summary>Length of a prompt in UTF-16 code units.</summary>
    [Range(1, 100_000_000)]
    public int PromptCharacters { get; set; } = 32 * 1024;

    /// <summary>Messages of a conversation.</summary>
    [Range(1, 100_000)]
    public int Messages { get; set; } = 256;

    /// <summary>Total length of the messages of a conversation in UTF-16 code units.</summary>
    [Range(1, 100_000_000)]
    public int ConversationCharacters { get; set; } = 128 * 1024;
}
