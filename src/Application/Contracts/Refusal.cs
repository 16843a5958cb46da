namespace SseStreaming.Application.Contracts;

/// <summary>Why a request can't be served, in words for the person who wrote it. It never repeats what they sent.</summary>
public sealed record Refusal(RefusalReason Reason, string Detail)
{
    /// <summary>What is wrong, by the field or header that it is wrong with.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>When it is worth to ask again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One wrong field or header.</summary>
    public static Refusal Invalid(string field, string detail) =>
        Invalid(new Dictionary<string, string[]> { [field] = [detail] });

    /// <summary>Several wrong fields or headers.</summary>
    public static Refusal Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(RefusalReason.InvalidInput, string.Join(' ', errors.SelectMany(error => error.Value))) { Errors = errors };

    /// <summary>Another server may be there already, or this one again.</summary>
    public static Refusal Stopping(TimeSpan retryAfter) => new(RefusalReason.Stopping, "The server is stopping.") { RetryAfter = retryAfter };
}
