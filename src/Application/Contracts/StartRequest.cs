using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Contracts;

/// <summary>A request for a new generation, not validated yet.</summary>
public sealed record StartRequest
{
    /// <summary>Name of the source; the default one if null.</summary>
    public string? Source { get; init; }

    /// <summary>What the source gets to answer; null if none was sent.</summary>
    public string? Prompt { get; init; }

    /// <summary>A conversation in place of a prompt; empty if none was sent.</summary>
    public IReadOnlyList<ConversationMessage> Messages { get; init; } = [];

    /// <summary>The other fields: the options of the source.</summary>
    public IReadOnlyDictionary<string, OptionValue> Options { get; init; } = new Dictionary<string, OptionValue>();

    /// <summary>What becomes of the generation when its last viewer leaves.</summary>
    public OnDisconnect OnDisconnect { get; init; }

    /// <summary>The client's <c>Idempotency-Key</c>, if it sent one.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>A name that the client gives to streams that belong together, such as the turns of one chat; null for none.</summary>
    public string? Thread { get; init; }

    /// <summary>JSON of at most 16 KiB that is kept with the stream, and that the application does not read; null for none.</summary>
    public string? Properties { get; init; }

    /// <summary>Without the content: the framework logs the arguments of an action at level Trace.</summary>
    public override string ToString() => nameof(StartRequest);
}
