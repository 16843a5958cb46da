using System.Diagnostics;
using System.Runtime.CompilerServices;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Application.Writing;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <inheritdoc cref="ITextStreamService"/>
internal sealed class TextStreamService(
    SourceCatalog sources,
    StreamStarter starter,
    IEventStreamStore store,
    EventStreamReader reader,
    GenerationRunner runner,
    ViewerRegistry viewers,
    ClusterMember cluster,
    ClientLimits clientLimits,
    ExternalWriters writers,
    StreamRenewal renewal,
    StreamMetrics metrics,
    TimeProvider time) : ITextStreamService
{
    /// <summary>How long the response to a stop waits for the terminal event. The stop does not depend on it.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    /// <summary>Created once, not for each viewer.</summary>
    private readonly Func<StreamViewer, TimeSpan, CancellationToken, IAsyncEnumerable<EventBatch>> _read = reader.ReadAsync;
    private readonly Action<StreamId> _viewersChanged = cluster.ViewersChanged;

    public IReadOnlyList<SourceDescription> Sources => sources.Descriptions;

    public string DefaultSource => sources.Default;

    public async ValueTask<Outcome<StartedStream>> StartAsync(Caller caller, StartRequest request, CancellationToken cancellationToken)
    {
        var start = await starter.StartAsync(caller, request, withViewer: false, cancellationToken);
        if (!start.Try(out var handle, out var refusal))
            return refusal;

        handle.Dispose();
        var state = await GetStateAsync(caller, handle.StreamId, cancellationToken);
        return state.Try(out var value, out refusal) ? new StartedStream(value, handle.Joined) : refusal;
    }

    public async ValueTask<Outcome<StreamViewer>> StartViewingAsync(Caller caller, StartRequest request, CancellationToken cancellationToken)
    {
        var start = await starter.StartAsync(caller, request, withViewer: true, cancellationToken);
        if (!start.Try(out var handle, out var refusal))
            return refusal;

        using (handle)
            return handle.TakeViewerSlot() is { } slot
                ? OpenViewer(slot, handle.StreamId, after: 0, isOpen: true)
                : await ViewAsync(caller, handle.StreamId, after: 0, cancellationToken);
    }

    public async ValueTask<Outcome<StreamViewer>> ViewAsync(Caller caller, StreamId streamId, long after, CancellationToken cancellationToken)
    {
        var resumes = after > 0;
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
        {
            if (resumes)
                metrics.Resumed(point: null, distance: 0);
            return Refusal.UnknownStream;
        }

        await renewal.RenewAsync(record.Head, cancellationToken);
        // A viewer without a position reads from the first kept event, even if earlier ones have expired.
        after = after == 0 ? record.Extent.First - 1 : after;
        var point = record.Extent.After(after);
        if (resumes)
            metrics.Resumed(point, record.Extent.Last - after);
        return point switch
        {
            ResumePoint.Readable => clientLimits.AcquireViewer(caller, streamId).Try(out var slot, out var refusal)
                ? OpenViewer(slot, streamId, after, record.Ending is null)
                : refusal,
            ResumePoint.Ended => new Refusal(RefusalReason.Ended, "The last event id is that of the terminal event: no event follows."),
            ResumePoint.Expired => new Refusal(RefusalReason.Expired,
                "The events after the last event id are no longer kept, so a resume would leave a gap."),
            _ => new Refusal(RefusalReason.BeyondEnd, "The last event id is beyond the last event that is stored for this stream."),
        };
    }

    public async ValueTask<Outcome<StreamState>> GetStateAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
            return Refusal.UnknownStream;
        return await GetStateAsync(record, cancellationToken);
    }

    public async ValueTask<Outcome<StreamText>> ReadTextAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
            return Refusal.UnknownStream;
        await renewal.RenewAsync(record.Head, cancellationToken);
        return clientLimits.AcquireReader(caller).Try(out var slot, out var refusal)
            ? new StreamText(ReadTextAsync(streamId, record.Extent, cancellationToken), slot)
            : refusal;
    }

    public async ValueTask<Outcome<StreamHead>> FindOwnAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken) =>
        await FindAsync(caller, streamId, cancellationToken) is not { } record ? Refusal.UnknownStream
        : caller.Owns(record.Head) ? record.Head
        : RefuseNotOwned(record.Head);

    public async ValueTask<Outcome<StreamState>> StopAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
            return Refusal.UnknownStream;
        if (!caller.Owns(record.Head))
            return RefuseNotOwned(record.Head);
        if (record.Ending is null && record.Head.Source == ExternalSource.Name)
        {
            if (!(await writers.WriteAsync(streamId, PendingWrite.Stop())).Try(out _, out var refusal))
                return refusal;
        }
        else if (record.Ending is null)
        {
            if (runner.Find(streamId) is not { } generation)
                await cluster.RequestStopAsync(streamId, cancellationToken);
            else if (generation.Stop(StopReason.Requested) is StopReason.HandedOver)
                await RequestStopAfterAsync(generation, cancellationToken);
            await WaitForEndAsync(streamId, record.Extent.Last, cancellationToken);
        }
        return await GetStateAsync(caller, streamId, cancellationToken);
    }

    public async ValueTask<Outcome<StreamState>> FindLastAsync(Caller caller, string thread, CancellationToken cancellationToken) =>
        StreamLabels.IsThread(thread)
            && await store.FindLastAsync(caller.Subject, thread, cancellationToken) is { } record
            && caller.Owns(record.Head) && IsKept(record)
            ? await GetStateAsync(record, cancellationToken)
            : Refusal.UnknownStream;

    public async ValueTask<Outcome<StreamList>> ListAsync(Caller caller, StreamFilter filter, CancellationToken cancellationToken)
    {
        if (caller.Subject is not { } owner)
            return new Refusal(RefusalReason.Forbidden, "Only an authenticated user has a list: without authentication, the id of a stream gives access to it.");
        if (filter.Limit is < 1 or > StreamFilter.MaxLimit)
            return Refusal.Invalid("limit", $"'limit' must be from 1 to {StreamFilter.MaxLimit}.");
        if (filter.Thread is { } thread && !StreamLabels.IsThread(thread))
            return StreamLabels.InvalidThread;

        StreamHead? after = null;
        if (filter.After is { } last)
        {
            after = (await store.FindAsync(last, cancellationToken))?.Head;
            if (after is null || !caller.Owns(after))
                return Refusal.Invalid("after", "'after' is not one of your streams, or is no longer kept: begin with the first page.");
        }
        // One more than the page, to know whether there are more.
        var records = await store.ListAsync(owner, filter.Status, filter.Thread, after, filter.Limit + 1, cancellationToken);
        var page = records.Take(filter.Limit).Where(IsKept).Select(Summarize).ToList();
        return new StreamList(page, records.Count > filter.Limit ? records[filter.Limit - 1].Head.Id : null);
    }

    public async ValueTask<Outcome<StreamState>> ForgetAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        var stop = await StopAsync(caller, streamId, cancellationToken);
        // Also if the stop has timed out: the store refuses what the generation would append.
        if (stop.Value is not null)
            await store.ForgetAsync(streamId, cancellationToken);
        return stop;
    }

    private async ValueTask<StreamState> GetStateAsync(StreamRecord record, CancellationToken cancellationToken)
    {
        var streamId = record.Head.Id;
        StreamEvent? terminal = record.Ending is not null
            && await store.ReadAsync(streamId, record.Extent.Last - 1, cancellationToken) is { IsEmpty: false } end
            ? end[0]
            : null;
        var elsewhere = record.Ending is null ? await cluster.CountViewersElsewhereAsync(streamId, cancellationToken) : 0;
        return StreamState.Create(
            record.Head, record.Extent.Last, record.Segments, record.Characters, record.Status, terminal, viewers.Count(streamId) + elsewhere);
    }

    /// <summary>Requests the next node to stop a generation, when this node has given its stream away.</summary>
    private async Task RequestStopAfterAsync(Generation handedOver, CancellationToken cancellationToken)
    {
        await handedOver.Ended.WaitAsync(cancellationToken);
        await cluster.RequestStopAsync(handedOver.StreamId, cancellationToken);
    }

    private async ValueTask<StreamRecord?> FindAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken) =>
        await store.FindAsync(streamId, cancellationToken) is { } record && caller.MayRead(record.Head) && IsKept(record) ? record : null;

    private bool IsKept(StreamRecord record) => !record.Head.HasExpired(time.GetUtcNow());

    /// <summary>Waits for the terminal event, with a time limit: the node that has to append it may be dead.</summary>
    private async Task WaitForEndAsync(StreamId streamId, long after, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(static self => ((CancellationTokenSource)self!).Cancel(), patience, StopPatience, Timeout.InfiniteTimeSpan);
        using var viewer = new StreamViewer(streamId, after, reader.ReadAsync);
        // It ends early at the time limit: the state in the response says that the stream is still open.
        await foreach (var batch in viewer.ReadAsync(StopPatience, patience.Token))
        {
            if (batch.EndsStream)
                return;
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Refuses what only the owner of a stream may do.</summary>
    private static Refusal RefuseNotOwned(StreamHead head) => head.IsShared
        ? new Refusal(RefusalReason.Forbidden, "The stream is shared and has no owner. It ends when its last viewer has left.")
        : Refusal.UnknownStream;

    private StreamViewer OpenViewer(Slot slot, StreamId streamId, long after, bool isOpen)
    {
        slot.AssignTo(streamId);
        var viewersChanged = isOpen ? _viewersChanged : static _ => { };
        var registration = viewers.Register(streamId, left =>
        {
            slot.Dispose();
            viewersChanged(left);
        });
        viewersChanged(streamId);
        runner.Find(streamId)?.LinkFrom(Activity.Current);
        return new StreamViewer(streamId, after, _read, registration, slot.Evicted);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadTextAsync(
        StreamId streamId, StreamExtent extent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = extent.First - 1; after < extent.Last;)
        {
            if (await store.ReadAsync(streamId, after, cancellationToken) is not { IsEmpty: false } batch)
                yield break;
            yield return batch.Segments.Data;
            after = batch.Last;
        }
    }

    private static StreamSummary Summarize(StreamRecord record) => new(
        record.Head.Id, record.Head.Source, record.Status, record.Head.Created, record.Segments, record.Characters, record.Head.Thread);
}
