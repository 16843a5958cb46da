namespace SseStreaming.Application.Cluster;

public enum ClusterNoticeKind
{
    /// <summary>The generation of this stream, if it runs here, is to be stopped.</summary>
    StopRequested,

    /// <summary>The number of viewers elsewhere has changed.</summary>
    ViewersChanged,
}
