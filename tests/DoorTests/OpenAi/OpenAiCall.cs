namespace SseStreaming.DoorTests.OpenAi;

/// <summary>A call of the package; see <c>openai.mjs</c>.</summary>
internal sealed record OpenAiCall(Uri Server, string Call)
{
    public Uri BaseURL => new(Server, "/v1");

    public object? Body { get; init; }

    public string? Id { get; init; }

    public long? StartingAfter { get; init; }

    public int MaxRetries { get; init; }

    public string? ApiKey { get; init; }

    public Dictionary<string, string>? Headers { get; init; }
}
