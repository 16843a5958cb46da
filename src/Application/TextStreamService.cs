using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <inheritdoc cref="ITextStreamService"/>
internal sealed class TextStreamService(
    SourceCatalog sources,
    IEventStreamStore store,
    EventStreamReader reader,
    GenerationRunner runner,
    ViewerRegistry viewers,
    ClusterMember cluster,
    Drain drain,
    ClientLimits bounds,
    IOptions<LimitsOptions> limits,
    StreamMetrics metrics,
    TimeProvider time) : ITextStreamService, IDisposable
{
    /// <summary>How long a stop waits for the terminal event; the stop itself does not depend on it.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    /// <summary>When to ask again for room that only time can make.</summary>
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _sharing = new(1);

    public IReadOnlyList<SourceDescription> Sources => sources.Descriptions;

    public string DefaultSource => sources.Default;

    public async ValueTask<Outcome<StartedStream>> StartAsync(Caller caller, StartRequest request, CancellationToken cancellationToken)
    {
        var creation = await CreateOrJoinAsync(caller, request, withViewer: false, cancellationToken);
        if (!creation.Try(out var handle, out var refusal))
            return refusal;

        handle.Dispose();
        var state = await GetStateAsync(caller, handle.StreamId, cancellationToken);
        return state.Try(out var value, out refusal) ? new StartedStream(value, handle.Joined) : refusal;
    }

    public async ValueTask<Outcome<StreamViewer>> StartViewingAsync(Caller caller, StartRequest request, CancellationToken cancellationToken)
    {
        var creation = await CreateOrJoinAsync(caller, request, withViewer: true, cancellationToken);
        if (!creation.Try(out var handle, out var refusal))
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
            return UnknownStream;
        }

        // Who has seen nothing yet misses nothing by beginning with what is kept.
        after = after == 0 ? record.Extent.First - 1 : after;
        var point = record.Extent.After(after);
        if (resumes)
            metrics.Resumed(point, record.Extent.Last - after);
        return point switch
        {
            ResumePoint.Readable => bounds.AcquireViewer(caller, streamId).Try(out var slot, out var refusal)
                ? OpenViewer(slot, streamId, after, record.Ending is null)
                : refusal,
            ResumePoint.Ended => new Refusal(RefusalReason.Ended, "The last event id is that of the terminal event: nothing more will come."),
            ResumePoint.Expired => new Refusal(RefusalReason.Expired,
                "Events right after the last event id are no longer kept, so going on from it would leave a gap."),
            _ => new Refusal(RefusalReason.BeyondEnd, "The last event id is beyond the last event that is stored for this stream."),
        };
    }

    public async ValueTask<Outcome<StreamState>> GetStateAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
            return UnknownStream;

        string? reason = null;
        if (record.Ending is not null
            && await store.ReadAsync(streamId, record.Extent.Last - 1, cancellationToken) is { IsEmpty: false } end)
            reason = EventData.ReadReason(end[0]);
        var elsewhere = record.Ending is null ? await cluster.CountViewersElsewhereAsync(streamId, cancellationToken) : 0;
        return new StreamState(
            streamId, record.Head.Source, ToStatus(record.Ending), record.Head.Created, record.Segments, record.Characters,
            viewers.Count(streamId) + elsewhere, new EventId(streamId, record.Extent.Last), reason);
    }

    public async ValueTask<Outcome<StreamText>> ReadTextAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
            return UnknownStream;
        return bounds.AcquireReader(caller).Try(out var slot, out var refusal)
            ? new StreamText(ReadTextAsync(streamId, record.Extent, cancellationToken), slot)
            : refusal;
    }

    public async ValueTask<Outcome<StreamHead>> FindOwnAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken) =>
        await FindAsync(caller, streamId, cancellationToken) is not { } record ? UnknownStream
        : caller.Owns(record.Head) ? record.Head
        : RefuseNotOwned(record.Head);

    public async ValueTask<Outcome<StreamState>> StopAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, streamId, cancellationToken) is not { } record)
            return UnknownStream;
        if (!caller.Owns(record.Head))
            return RefuseNotOwned(record.Head);
        if (record.Ending is null)
        {
            if (runner.Find(streamId) is { } generation)
                generation.Stop(StopReason.Requested);
            else
                await cluster.RequestStopAsync(streamId, cancellationToken);
            await ReadToEndAsync(streamId, record.Extent.Last, cancellationToken);
        }
        return await GetStateAsync(caller, streamId, cancellationToken);
    }

    private async ValueTask<StreamRecord?> FindAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken) =>
        await store.FindAsync(streamId, cancellationToken) is { } record && caller.MayRead(record.Head) ? record : null;

    /// <summary>Waits for the terminal event, but not without end: whoever has to write it may be gone.</summary>
    private async Task ReadToEndAsync(StreamId streamId, long after, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(static self => ((CancellationTokenSource)self!).Cancel(), patience, StopPatience, Timeout.InfiniteTimeSpan);
        try
        {
            await foreach (var batch in reader.ReadAsync(streamId, after, StopPatience, patience.Token))
            {
                if (batch.EndsStream)
                    return;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => _sharing.Dispose();

    private async ValueTask<Outcome<StreamHandle>> CreateOrJoinAsync(Caller caller, StartRequest request, bool withViewer, CancellationToken cancellationToken)
    {
        if (!sources.Find(request.Source).Try(out var generator, out var refusal)
            || !PromptValidator.Validate(request, generator.Source, limits.Value, out refusal)
            || !SourceOptions.Read(generator.Source, request.Options).Try(out var options, out refusal))
            return refusal!;

        var generation = new GenerationRequest(request.Prompt, options) { Messages = request.Messages };
        if (await generator.ValidateAsync(generation, cancellationToken) is { } objection)
            return objection;
        if (drain.HasBegun)
            return Refusal.Stopping(drain.NextRetryDelay());

        if (!generator.Source.IsShared)
            return await CreateAsync(caller, request, withViewer, generator, generation, shareKey: null);

        // One at a time, or two that come together would begin one each.
        await _sharing.WaitAsync(cancellationToken);
        try
        {
            var key = RequestDigest.ComputeShared(generator.Source.Name, generation);
            return Join(key, request) ?? await CreateAsync(caller, request, withViewer, generator, generation, key);
        }
        finally
        {
            _sharing.Release();
        }
    }

    /// <summary>The running generation that serves everyone who asks for the same; null if there is none.</summary>
    private Outcome<StreamHandle>? Join(string shareKey, StartRequest request)
    {
        if (runner.FindShared(shareKey) is not { } running)
            return null;
        var handle = new StreamHandle(running.StreamId, joined: true, Retain(running.StreamId));
        if (running.TryJoin(request.OnDisconnect is OnDisconnect.Continue))
            return handle;
        handle.Dispose();
        return null;
    }

    private async ValueTask<Outcome<StreamHandle>> CreateAsync(
        Caller caller, StartRequest request, bool withViewer, ITextGenerator generator, GenerationRequest generation, string? shareKey)
    {
        var head = new StreamHead(StreamId.New(), generator.Source.Name, time.GetUtcNow())
        {
            // What serves everyone who asks for the same is nobody's own.
            Owner = shareKey is null ? caller.Subject : null,
            IsShared = shareKey is not null,
            Idempotency = request.IdempotencyKey is { } key ? new Idempotency(ScopeKey(caller, key), RequestDigest.Compute(request)) : null,
        };
        // Known without the store, whatever the bounds say: a request that is repeated asks for nothing more.
        if (bounds.FindStarted(caller, head.Idempotency) is { } running)
            return JoinByKey(running.StreamId, running.Idempotency, head);
        if (!bounds.ReserveStart(caller, withViewer).Try(out var reservation, out var refusal))
            return refusal;

        using var unused = reservation;
        var started = EventBatch.Create(head.Id, 1, EventData.Started(head.Id, head.Source));
        // Not cancelled with the request: a stream that exists must get its generation.
        var result = await store.CreateAsync(head, started, CancellationToken.None);
        if (result.Outcome is CreateOutcome.Full)
            return new Refusal(RefusalReason.Full, "The server keeps as many streams as it may; there is no room for another one.")
            {
                RetryAfter = RetryWhenFull,
            };
        if (result.Outcome is not CreateOutcome.Created)
            return JoinByKey(result.Existing!.Id, result.Existing.Idempotency, head);

        // Somebody is there before the generation begins, so that even a grace of zero does not begin to run.
        var handle = new StreamHandle(head.Id, joined: false, Retain(head.Id), reservation.TakeViewerSlot());
        var slot = reservation.TakeGenerationSlot();
        slot?.AssignTo(head.Id, head.Idempotency);
        runner.Start(head.Id, generator, generation, request.OnDisconnect is OnDisconnect.Continue, slot, shareKey);
        return handle;
    }

    private static Outcome<StreamHandle> JoinByKey(StreamId streamId, Idempotency? idempotency, StreamHead head) => idempotency == head.Idempotency
        ? new StreamHandle(streamId, joined: true)
        : new Refusal(RefusalReason.KeyReused, "The Idempotency-Key came before with a different request.");

    /// <summary>A key is its subject's own. It has no spaces, so that no two pairs of subject and key are the same.</summary>
    private static string ScopeKey(Caller caller, string key) => caller.Subject is null ? key : $"{caller.Subject} {key}";

    /// <summary>Why somebody who may read a stream can't do with it what is its owner's to do.</summary>
    private static Refusal RefuseNotOwned(StreamHead head) => head.IsShared
        ? new Refusal(RefusalReason.Forbidden, "The stream serves everyone who asks for the same, and is nobody's own. It ends when nobody views it.")
        : UnknownStream;

    /// <summary>Counts as a viewer of a stream whose generation runs here.</summary>
    private IDisposable Retain(StreamId streamId) => viewers.Register(streamId, id => runner.Find(id)?.ViewersChanged());

    private StreamViewer OpenViewer(Slot slot, StreamId streamId, long after, bool isOpen)
    {
        slot.AssignTo(streamId);
        Action<StreamId> changed = isOpen ? cluster.ViewersChanged : static _ => { };
        var presence = viewers.Register(streamId, left =>
        {
            slot.Dispose();
            changed(left);
        });
        changed(streamId);
        runner.Find(streamId)?.LinkFrom(Activity.Current);
        return new StreamViewer(
            streamId, after, (position, idle, cancellationToken) => reader.ReadAsync(streamId, position, idle, cancellationToken), presence, slot.Evicted);
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

    private static StreamStatus ToStatus(EventKind? ending) => ending switch
    {
        EventKind.Completed => StreamStatus.Completed,
        EventKind.Stopped => StreamStatus.Stopped,
        EventKind.Failed => StreamStatus.Failed,
        _ => StreamStatus.Running,
    };

    private static Refusal UnknownStream { get; } =
        new(RefusalReason.UnknownStream, "There is no such stream: it never was, or it is no longer kept.");

    /// <summary>A stream that exists now. Until this is disposed, its generation has somebody to run for.</summary>
    private sealed class StreamHandle(StreamId streamId, bool joined, IDisposable? presence = null, Slot? viewer = null) : IDisposable
    {
        private Slot? _viewer = viewer;

        public StreamId StreamId => streamId;

        /// <summary>True if the stream was there before the request.</summary>
        public bool Joined => joined;

        /// <summary>The place of the viewer that comes with the request, if the stream began with it.</summary>
        public Slot? TakeViewerSlot()
        {
            var kept = _viewer;
            _viewer = null;
            return kept;
        }

        public void Dispose()
        {
            presence?.Dispose();
            _viewer?.Dispose();
        }
    }
}
