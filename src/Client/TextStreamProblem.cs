namespace SseStreaming.Client;

/// <summary>Problem details (RFC 9457). A server or a proxy may leave out each of them.</summary>
public sealed record TextStreamProblem
{
    /// <summary>URI of the kind of problem.</summary>
    public string? Type { get; init; }

    public string? Title { get; init; }

    public int? Status { get; init; }

    public string? Detail { get; init; }

    /// <summary>Messages for invalid fields, by field.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}
