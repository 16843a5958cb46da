namespace SseStreaming.Application.Cluster;

/// <summary>Which node continues the streams that a node hands over.</summary>
internal enum HandOverTarget
{
    /// <summary>None: no stream survives this process, or only nodes of an earlier version are alive, which would close them.</summary>
    None,

    /// <summary>Another living node, at once.</summary>
    OtherNode,

    /// <summary>The node that starts next, because no other one is alive.</summary>
    NextNode,
}
