using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Cluster;

/// <summary>
/// The nodes that share a store. A running generation belongs to one of them, by a lease that the node renews for all that it
/// runs. Who lost its lease is kept from appending by the store itself, whatever its clock says.
/// </summary>
/// <remarks>Members throw <see cref="StoreUnavailableException"/> when the store can't be asked at the moment.</remarks>
public interface IStreamCluster
{
    /// <summary>Renews the lease of this node, or takes a new one if the old one has been lost.</summary>
    ValueTask RenewAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The open streams whose node is gone, each given to exactly one caller, which owns it from then on and has to close it.
    /// </summary>
    ValueTask<IReadOnlyList<StreamRecord>> TakeOverAsync(CancellationToken cancellationToken);

    /// <summary>True if there is another node that could serve the viewers of this one.</summary>
    ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gives up the lease of a node that stops, so that nobody has to wait for it to run out. What it said of its viewers is counted on
    /// for as long as they are on their way to another node.
    /// </summary>
    ValueTask LeaveAsync(TimeSpan viewersOnTheirWay, CancellationToken cancellationToken);

    /// <summary>Asks the node that runs a generation, if it is another one, to stop it. Kept until that node heard it.</summary>
    ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Tells the other nodes how many viewers a stream has here, which they count on until the lease of this node ends.</summary>
    ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken);

    /// <summary>How many viewers a stream has on the other nodes.</summary>
    ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken);

    /// <summary>What the other nodes want of this one, as it comes. Nothing is lost: what came while the connection was broken is told after it.</summary>
    IAsyncEnumerable<ClusterNotice> ListenAsync(CancellationToken cancellationToken);
}
