using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <summary>Which streams of a caller a list has.</summary>
/// <param name="Status">Only streams with this status; all if null.</param>
/// <param name="Thread">Only streams of this thread; all if null.</param>
/// <param name="After">Only streams that the list would have after this one; from the newest if null.</param>
/// <param name="Limit">Maximum number of streams, from 1 to <see cref="MaxLimit"/>.</param>
public sealed record StreamFilter(StreamStatus? Status, string? Thread, StreamId? After, int Limit)
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 200;
}
