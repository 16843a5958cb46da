using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>
/// The nodes that share a store. A running generation belongs to one node, by a lease that the node renews for all its generations. The
/// store fences a node that lost its lease: its appends are refused, whatever its clock says.
/// </summary>
/// <remarks>Members throw <see cref="StoreUnavailableException"/> if the store is unavailable.</remarks>
internal interface IStreamCluster
{
    /// <summary>Renews the lease of this node, or takes a new one if the lease was lost.</summary>
    ValueTask RenewAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes over open streams of dead nodes, and streams that were handed over: a limited number, so that several nodes share them; empty
    /// if there are no more. Each stream is given to exactly one caller, which owns it from then on, and has to continue or close it. The same
    /// caller may get a stream again until it has appended to it.
    /// </summary>
    ValueTask<IReadOnlyList<TakenStream>> TakeOverAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes this node the owner of an open stream whose source is <see cref="Contracts.ExternalSource"/>, whichever node owned it before; the
    /// appends of that node are refused from then on. A closed stream is returned as it is; <see langword="null"/> if there is none.
    /// </summary>
    ValueTask<TakenStream?> TakeAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Which node would continue the streams that this node hands over.</summary>
    ValueTask<HandOverTarget> FindHandOverTargetAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gives an open stream of this node to another node, which is notified. This node remains the owner until another one has taken the
    /// stream, but can't append to it any more.
    /// </summary>
    ValueTask HandOverAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>The number of streams that this node has handed over and no other node has taken yet.</summary>
    ValueTask<int> CountHandedOverAsync(CancellationToken cancellationToken);

    /// <summary>True if another node could serve the viewers of this one.</summary>
    ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ends the lease of a stopping node, so that other nodes need not wait until it expires. The node's viewers still count for the given
    /// time, in which they reconnect to another node.
    /// </summary>
    ValueTask LeaveAsync(TimeSpan reconnectWindow, CancellationToken cancellationToken);

    /// <summary>Requests the node that runs a generation, if it is another one, to stop it. The request is kept until that node received it.</summary>
    ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Reports the number of viewers of a stream on this node. The report is valid until the lease of this node ends.</summary>
    ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken);

    /// <summary>The number of viewers of a stream on the other nodes.</summary>
    ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Notices from the other nodes. None is lost: notices during a connection loss follow after it.</summary>
    IAsyncEnumerable<ClusterNotice> ListenAsync(CancellationToken cancellationToken);
}
