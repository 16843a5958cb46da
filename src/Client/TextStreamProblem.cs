namespace SseStreaming.Client;

/// <summary>Problem details (RFC 9457). A server or a proxy may leave out each of them.</summary>
public sealed class TextStreamProblem
{
    /// <summary>URI of the kind of problem.</summary>
    public string? Type { get; init; }

    /// <summary>What kind of problem it is, in a sentence.</summary>
    public string? Title { get; init; }

    /// <summary>Status of the answer.</summary>
    public int? Status { get; init; }

    /// <summary>What happened in this case.</summary>
    public string? Detail { get; init; }

    /// <summary>Messages for invalid fields, by field.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}
