using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Application;

/// <summary>Section <c>Limits</c>: what one request may ask for.</summary>
public sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Length of a prompt in UTF-16 code units.</summary>
    [Range(1, 100_000_000)]
    public int PromptCharacters { get; set; } = 32 * 1024;

    /// <summary>Messages of a conversation.</summary>
    [Range(1, 100_000)]
    public int Messages { get; set; } = 256;

    /// <summary>Length of all messages of a conversation together, in UTF-16 code units.</summary>
    [Range(1, 100_000_000)]
    public int ConversationCharacters { get; set; } = 128 * 1024;

    /// <summary>Bytes of a request body.</summary>
    [Range(1, int.MaxValue)]
    public int BodyBytes { get; set; } = 256 * 1024;
}
