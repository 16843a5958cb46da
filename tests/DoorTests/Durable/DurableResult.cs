using System.Text.Json;

namespace SseStreaming.DoorTests.Durable;

/// <summary>What an application saw of a job.</summary>
internal sealed record DurableResult
{
    public string Text { get; init; } = "";

    public IReadOnlyList<JsonElement> Items { get; init; } = [];

    public string Offset { get; init; } = "";

    public string? ContentType { get; init; }

    /// <summary>How often the application began to read.</summary>
    public int Connections { get; init; }

    public bool IsClosed { get; init; }

    public IReadOnlyList<string> Errors { get; init; } = [];
}
