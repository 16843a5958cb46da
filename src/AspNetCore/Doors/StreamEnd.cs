using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;

namespace SseStreaming.AspNetCore.Doors;

/// <summary>How a stream ended, read from its terminal event.</summary>
/// <param name="Status">Completed, stopped or failed.</param>
/// <param name="Reason">The finish reason, the reason of the stop, or the type of the problem.</param>
internal sealed record StreamEnd(StreamStatus Status, string Reason)
{
    public string? Title { get; private init; }

    public string? Detail { get; private init; }

    public long Segments { get; private init; }

    public long Characters { get; private init; }

    /// <summary>The usage that the source reported, if any.</summary>
    public GenerationUsage? Usage { get; private init; }

    /// <summary>True if the text is whole, or was cut at a limit: its client may show it as it is.</summary>
    public bool HasText => Status is StreamStatus.Completed || IsLimit;

    /// <summary>True if the stream reached a limit of this server.</summary>
    public bool IsLimit => Status is StreamStatus.Stopped && Reason == "limit";

    /// <summary>Null while the stream runs, or if its terminal event is no longer kept.</summary>
    public static StreamEnd? From(StreamState state) => state.EndData is { } json ? Parse(state.Status, json) : null;

    /// <summary>The end of a batch that ends its stream.</summary>
    public static StreamEnd From(EventBatch batch)
    {
        var terminal = batch[^1];
        return Parse(terminal.Kind.ToStatus(), Encoding.UTF8.GetString(terminal.Data.Span));
    }

    private static StreamEnd Parse(StreamStatus status, string json)
    {
        using var document = JsonDocument.Parse(json);
        var data = document.RootElement;
        var reason = status switch
        {
            StreamStatus.Completed => "finishReason",
            StreamStatus.Stopped => "reason",
            _ => "type",
        };
        return new StreamEnd(status, Text(data, reason) ?? "")
        {
            Title = Text(data, "title"),
            Detail = Text(data, "detail"),
            Segments = data.GetProperty("segments").GetInt64(),
            Characters = data.GetProperty("characters").GetInt64(),
            Usage = data.TryGetProperty("usage", out var usage) ? usage.Deserialize<GenerationUsage>(JsonSerializerOptions.Web) : null,
        };
    }

    private static string? Text(JsonElement data, string name) => data.TryGetProperty(name, out var value) ? value.GetString() : null;
}
