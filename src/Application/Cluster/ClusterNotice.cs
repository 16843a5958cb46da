using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>A notice from another node.</summary>
public readonly record struct ClusterNotice(ClusterNoticeKind Kind, StreamId StreamId);
