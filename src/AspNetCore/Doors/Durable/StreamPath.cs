using System.Text.RegularExpressions;
using SseStreaming.Domain;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>What a path below the door's root names: a stream by its id, or by the name that its client gave it.</summary>
internal sealed partial record StreamPath(StreamId? StreamId, string Name)
{
    /// <summary>The protocol's own routes, of which this server has none.</summary>
    private const string Reserved = "__ds";

    private const int MaxLength = 512;

    /// <summary>Null if there can't be a stream with this path.</summary>
    public static StreamPath? Parse(string? path) =>
        path is null || path.Length > MaxLength || !Pattern().IsMatch(path) || path.Split('/') is [Reserved, ..] ? null
        : Domain.StreamId.TryParse(path, out var streamId) ? new StreamPath(streamId, path)
        : new StreamPath(null, path);

    [GeneratedRegex(@"\A(?!\.{1,2}(/|\z))[A-Za-z0-9._-]+(/(?!\.{1,2}(/|\z))[A-Za-z0-9._-]+)*\z")]
    private static partial Regex Pattern();
}
