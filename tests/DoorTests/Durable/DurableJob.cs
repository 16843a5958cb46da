using System.Text.Json.Serialization;

namespace SseStreaming.DoorTests.Durable;

/// <summary>What an application does with the client; see <c>durable.mjs</c>.</summary>
/// <param name="Call"><c>write</c> or <c>read</c>.</param>
/// <param name="Path">The path of the stream.</param>
/// <param name="Servers">The requests go to these in turn.</param>
internal sealed record DurableJob(string Call, string Path, params Uri[] Servers)
{
    /// <summary><c>false</c>, <c>"long-poll"</c> or <c>"sse"</c>.</summary>
    public object? Live { get; init; }

    /// <summary>Where a read begins; null: at the beginning.</summary>
    public string? Offset { get; init; }

    public string ContentType { get; init; } = "text/plain";

    /// <summary>What is written, each in an append of its own.</summary>
    public IReadOnlyList<object> Texts { get; init; } = [];

    /// <summary>Milliseconds between two appends.</summary>
    public int Pace { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Producer { get; init; }
}
