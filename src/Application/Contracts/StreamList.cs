using SseStreaming.Domain;

namespace SseStreaming.Application.Contracts;

/// <summary>Streams of a caller, newest first.</summary>
/// <param name="Next">Value of <see cref="StreamFilter.After"/> for the rest; null if there is none.</param>
public sealed record StreamList(IReadOnlyList<StreamSummary> Streams, StreamId? Next);
