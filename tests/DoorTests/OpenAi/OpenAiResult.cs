using System.Text.Json;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>What an application sees.</summary>
internal sealed record OpenAiResult
{
    public string Text { get; init; } = "";

    /// <summary>The text of the event that repeats it.</summary>
    public string? Done { get; init; }

    public IReadOnlyList<string> Types { get; init; } = [];

    public IReadOnlyList<long> Numbers { get; init; } = [];

    public string? Id { get; init; }

    public string? Status { get; init; }

    public string? Finish { get; init; }

    public JsonElement? Usage { get; init; }

    public JsonElement Response { get; init; }

    public IReadOnlyList<string>? Models { get; init; }

    public string? RequestId { get; init; }

    public string? StreamId { get; init; }

    public int Connections { get; init; }

    public OpenAiFault? Error { get; init; }
}
