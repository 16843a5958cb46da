using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Storage;

namespace SseStreaming.Application.Cluster;

/// <summary>An open stream that a node has taken over.</summary>
/// <param name="Record">The stream.</param>
/// <param name="Request">The request that was kept with it; null if none was.</param>
/// <param name="Checkpoint">The last checkpoint; null if there is none.</param>
/// <param name="TakeOvers">How often the stream was taken over from a dead node since its last segment, this time included.</param>
/// <param name="IsStopRequested">True if a client requested the stop before the take-over.</param>
[SuppressMessage("Performance", "CA1819", Justification = "The bytes are columns of one row, which the caller decodes once.")]
internal sealed record TakenStream(StreamRecord Record, byte[]? Request, byte[]? Checkpoint, int TakeOvers, bool IsStopRequested);
