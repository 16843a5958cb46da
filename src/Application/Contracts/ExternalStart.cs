using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Contracts;

/// <summary>A request for a stream that clients write, not validated yet.</summary>
public sealed record ExternalStart
{
    /// <summary>Characters of a name, at most.</summary>
    public const int MaxNameCharacters = 512;

    internal static readonly TimeSpan MaxTimeToLive = TimeSpan.FromDays(3650);

    private static readonly SourceDescription Source = new(ExternalSource.Name, "Text that clients write.");

    /// <summary>A name that finds the stream, unique among the caller's; null for none. It has neither spaces nor control characters.</summary>
    public string? Name { get; init; }

    /// <summary>As in <see cref="StartRequest.Thread"/>.</summary>
    public string? Thread { get; init; }

    /// <summary>JSON that is kept with the stream; null for none.</summary>
    public string? Properties { get; init; }

    /// <summary>The stream is dropped if it is neither written nor read for this long; null: <see cref="StreamsOptions.Retention"/> decides.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The stream is dropped at this time; null: <see cref="StreamsOptions.Retention"/> decides.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The first texts. They do not belong to the configuration that a second request with the same name must repeat.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>True if the stream ends with the first texts.</summary>
    public bool Ends { get; init; }

    /// <summary>The client's <c>Idempotency-Key</c>; not together with a name.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>A start that names this source in place of one that generates text; a refusal if it has what only a generation needs.</summary>
    public static Outcome<ExternalStart> From(StartRequest request) =>
        request.Prompt is not null ? Refusal.Invalid("prompt", $"The source '{Source.Name}' takes no 'prompt': append the text.")
        : request.Messages.Count > 0 ? Refusal.Invalid("messages", $"The source '{Source.Name}' takes no 'messages': append the text.")
        : !SourceOptions.Read(Source, request.Options).Try(out _, out var refusal) ? refusal
        : new ExternalStart { Thread = request.Thread, Properties = request.Properties, IdempotencyKey = request.IdempotencyKey };

    /// <summary>Without the content: the framework logs the arguments of an action at level Trace.</summary>
    public override string ToString() => nameof(ExternalStart);
}
