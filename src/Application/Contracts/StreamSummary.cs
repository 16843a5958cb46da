using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <summary>A stream in a list, without what would need a query of its own.</summary>
/// <param name="Segments">Segments so far.</param>
/// <param name="Characters">Their length in UTF-16 code units.</param>
public sealed record StreamSummary(
    StreamId Id, string Source, StreamStatus Status, DateTimeOffset Created, long Segments, long Characters, string? Thread);
