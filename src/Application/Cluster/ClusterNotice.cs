using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>A notice from another node.</summary>
internal readonly record struct ClusterNotice(ClusterNoticeKind Kind, StreamId StreamId);
