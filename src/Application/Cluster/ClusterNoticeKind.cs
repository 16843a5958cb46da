namespace SseStreaming.Application.Cluster;

internal enum ClusterNoticeKind
{
    /// <summary>The generation of this stream has to stop, if it runs on this node.</summary>
    StopRequested,

    /// <summary>The number of viewers on other nodes has changed.</summary>
    ViewersChanged,

    /// <summary>A node has handed over streams, which <see cref="IStreamCluster.TakeOverAsync"/> returns. The notice names none of them.</summary>
    StreamsHandedOver,
}
