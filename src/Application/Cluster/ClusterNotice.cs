using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>One thing that another node wants.</summary>
public readonly record struct ClusterNotice(ClusterNoticeKind Kind, StreamId StreamId);
