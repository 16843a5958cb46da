namespace SseStreaming.Application.Contracts;

/// <summary>Why a request is refused, in words for its author. It never repeats the content of the request.</summary>
public sealed record Refusal(RefusalReason Reason, string Detail)
{
    /// <summary>Validation errors keyed by field or header name.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>When a retry may succeed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One invalid field or header.</summary>
    public static Refusal Invalid(string field, string detail) =>
        Invalid(new Dictionary<string, string[]> { [field] = [detail] });

    /// <summary>Several invalid fields or headers.</summary>
    public static Refusal Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(RefusalReason.InvalidInput, string.Join(' ', errors.SelectMany(error => error.Value))) { Errors = errors };

    internal static Refusal UnknownStream { get; } =
        new(RefusalReason.UnknownStream, "There is no such stream: it never existed, or it is no longer kept.");

    /// <summary>A full store accepts a stream only after the retention of another one.</summary>
    internal static Refusal Full() =>
        new(RefusalReason.Full, "The server stores as many streams as its limit allows.") { RetryAfter = TimeSpan.FromSeconds(10) };

    /// <summary>A retry may reach another server, or this one after its restart.</summary>
    public static Refusal Stopping(TimeSpan retryAfter) => new(RefusalReason.Stopping, "The server is stopping.") { RetryAfter = retryAfter };
}
