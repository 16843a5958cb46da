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
    ViewerCounts viewers,
    ClusterMember cluster,
    Drain drain,
    ClientBounds bounds,
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
        if (!creation.Try(out var created, out var refusal))
            return refusal;

        created.Dispose();
        var state = await GetStateAsync(caller, created.Stream, cancellationToken);
        return state.Try(out var value, out refusal) ? new StartedStream(value, created.Joined) : refusal;
    }

    public async ValueTask<Outcome<StreamViewer>> StartViewingAsync(Caller caller, StartRequest request, CancellationToken cancellationToken)
    {
        var creation = await CreateOrJoinAsync(caller, request, withViewer: true, cancellationToken);
        if (!creation.Try(out var created, out var refusal))
            return refusal;

        using (created)
            return created.KeepPlace() is { } place
                ? Enter(place, created.Stream, after: 0, isOpen: true)
                : await ViewAsync(caller, created.Stream, after: 0, cancellationToken);
    }

    public async ValueTask<Outcome<StreamViewer>> ViewAsync(Caller caller, StreamId stream, long after, CancellationToken cancellationToken)
    {
        var resumes = after > 0;
        if (await FindAsync(caller, stream, cancellationToken) is not { } record)
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
            ResumePoint.Readable => bounds.AdmitViewer(caller, stream).Try(out var place, out var refusal)
                ? Enter(place, stream, after, record.Ending is null)
                : refusal,
            ResumePoint.Ended => new Refusal(RefusalReason.Ended, "The last event id is that of the terminal event: nothing more will come."),
            ResumePoint.Expired => new Refusal(RefusalReason.Expired,
                "Events right after the last event id are no longer kept, so going on from it would leave a gap."),
            _ => new Refusal(RefusalReason.BeyondEnd, "The last event id is beyond the last event that is stored for this stream."),
        };
    }

    public async ValueTask<Outcome<StreamState>> GetStateAsync(Caller caller, StreamId stream, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, stream, cancellationToken) is not { } record)
            return UnknownStream;

        string? reason = null;
        if (record.Ending is not null
            && await store.ReadAsync(stream, record.Extent.Last - 1, cancellationToken) is { IsEmpty: false } end)
            reason = EventData.ReasonOf(end[0]);
        var elsewhere = record.Ending is null ? await cluster.CountViewersElsewhereAsync(stream, cancellationToken) : 0;
        return new StreamState(
            stream, record.Head.Source, StatusOf(record.Ending), record.Head.Created, record.Segments, record.Characters,
            viewers.Of(stream) + elsewhere, new EventId(stream, record.Extent.Last), reason);
    }

    public async ValueTask<Outcome<StreamText>> ReadTextAsync(Caller caller, StreamId stream, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, stream, cancellationToken) is not { } record)
            return UnknownStream;
        return bounds.AdmitReader(caller).Try(out var place, out var refusal)
            ? new StreamText(TextOf(stream, record.Extent, cancellationToken), place)
            : refusal;
    }

    public async ValueTask<Outcome<StreamHead>> FindOwnAsync(Caller caller, StreamId stream, CancellationToken cancellationToken) =>
        await FindAsync(caller, stream, cancellationToken) is not { } record ? UnknownStream
        : caller.Owns(record.Head) ? record.Head
        : NotOwned(record.Head);

    public async ValueTask<Outcome<StreamState>> StopAsync(Caller caller, StreamId stream, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, stream, cancellationToken) is not { } record)
            return UnknownStream;
        if (!caller.Owns(record.Head))
            return NotOwned(record.Head);
        if (record.Ending is null)
        {
            if (runner.Find(stream) is { } generation)
                generation.Stop(StopReason.Requested);
            else
                await cluster.RequestStopAsync(stream, cancellationToken);
            await ReadToEndAsync(stream, record.Extent.Last, cancellationToken);
        }
        return await GetStateAsync(caller, stream, cancellationToken);
    }

    private async ValueTask<StreamRecord?> FindAsync(Caller caller, StreamId stream, CancellationToken cancellationToken) =>
        await store.FindAsync(stream, cancellationToken) is { } record && caller.MayRead(record.Head) ? record : null;

    /// <summary>Waits for the terminal event, but not without end: whoever has to write it may be gone.</summary>
    private async Task ReadToEndAsync(StreamId stream, long after, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(static self => ((CancellationTokenSource)self!).Cancel(), patience, StopPatience, Timeout.InfiniteTimeSpan);
        try
        {
            await foreach (var batch in reader.ReadAsync(stream, after, StopPatience, patience.Token))
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

    private async ValueTask<Outcome<Creation>> CreateOrJoinAsync(Caller caller, StartRequest request, bool withViewer, CancellationToken cancellationToken)
    {
        if (!sources.Find(request.Source).Try(out var generator, out var refusal)
            || !RequestText.Check(request, generator.Source, limits.Value, out refusal)
            || !SourceOptions.Read(generator.Source, request.Options).Try(out var options, out refusal))
            return refusal!;

        var generation = new GenerationRequest(request.Prompt, options) { Messages = request.Messages };
        if (await generator.CheckAsync(generation, cancellationToken) is { } objection)
            return objection;
        if (drain.HasBegun)
            return Refusal.Stopping(drain.NextWait());

        if (!generator.Source.IsShared)
            return await CreateAsync(caller, request, withViewer, generator, generation, shareKey: null);

        // One at a time, or two that come together would begin one each.
        await _sharing.WaitAsync(cancellationToken);
        try
        {
            var key = RequestDigest.OfShared(generator.Source.Name, generation);
            return Join(key, request) ?? await CreateAsync(caller, request, withViewer, generator, generation, key);
        }
        finally
        {
            _sharing.Release();
        }
    }

    /// <summary>The running generation that serves everyone who asks for the same; null if there is none.</summary>
    private Outcome<Creation>? Join(string shareKey, StartRequest request)
    {
        if (runner.FindShared(shareKey) is not { } running)
            return null;
        var creation = new Creation(running.Stream, joined: true, Hold(running.Stream));
        if (running.TryJoin(request.OnDisconnect is OnDisconnect.Continue))
            return creation;
        creation.Dispose();
        return null;
    }

    private async ValueTask<Outcome<Creation>> CreateAsync(
        Caller caller, StartRequest request, bool withViewer, ITextGenerator generator, GenerationRequest generation, string? shareKey)
    {
        var head = new StreamHead(StreamId.New(), generator.Source.Name, time.GetUtcNow())
        {
            // What serves everyone who asks for the same is nobody's own.
            Owner = shareKey is null ? caller.Subject : null,
            IsShared = shareKey is not null,
            Idempotency = request.IdempotencyKey is { } key ? new Idempotency(KeyOf(caller, key), RequestDigest.Of(request)) : null,
        };
        // Known without the store, whatever the bounds say: a request that is repeated asks for nothing more.
        if (bounds.FindStarted(caller, head.Idempotency) is { } running)
            return JoinByKey(running.Stream, running.Idempotency, head);
        if (!bounds.AdmitStart(caller, withViewer).Try(out var admission, out var refusal))
            return refusal;

        using var unused = admission;
        var started = EventBatch.Of(head.Id, 1, EventData.Started(head.Id, head.Source));
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
        var creation = new Creation(head.Id, joined: false, Hold(head.Id), admission.KeepViewer());
        var place = admission.KeepGeneration();
        place?.Settle(head.Id, head.Idempotency);
        runner.Start(head.Id, generator, generation, request.OnDisconnect is OnDisconnect.Continue, place, shareKey);
        return creation;
    }

    private static Outcome<Creation> JoinByKey(StreamId stream, Idempotency? idempotency, StreamHead head) => idempotency == head.Idempotency
        ? new Creation(stream, joined: true)
        : new Refusal(RefusalReason.KeyReused, "The Idempotency-Key came before with a different request.");

    /// <summary>A key is its subject's own. It has no spaces, so that no two pairs of subject and key are the same.</summary>
    private static string KeyOf(Caller caller, string key) => caller.Subject is null ? key : $"{caller.Subject} {key}";

    /// <summary>Why somebody who may read a stream can't do with it what is its owner's to do.</summary>
    private static Refusal NotOwned(StreamHead head) => head.IsShared
        ? new Refusal(RefusalReason.Forbidden, "The stream serves everyone who asks for the same, and is nobody's own. It ends when nobody views it.")
        : UnknownStream;

    /// <summary>Counts as a viewer of a stream whose generation runs here.</summary>
    private IDisposable Hold(StreamId stream) => viewers.Enter(stream, id => runner.Find(id)?.ViewersChanged());

    private StreamViewer Enter(Place place, StreamId stream, long after, bool isOpen)
    {
        place.Settle(stream);
        Action<StreamId> changed = isOpen ? cluster.ViewersChanged : static _ => { };
        var presence = viewers.Enter(stream, left =>
        {
            place.Dispose();
            changed(left);
        });
        changed(stream);
        runner.Find(stream)?.LinkFrom(Activity.Current);
        return new StreamViewer(
            stream, after, (position, idle, cancellationToken) => reader.ReadAsync(stream, position, idle, cancellationToken), presence, place.Displaced);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> TextOf(
        StreamId stream, StreamExtent extent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = extent.First - 1; after < extent.Last;)
        {
            if (await store.ReadAsync(stream, after, cancellationToken) is not { IsEmpty: false } batch)
                yield break;
            yield return batch.Segments.Data;
            after = batch.Last;
        }
    }

    private static StreamStatus StatusOf(EventKind? ending) => ending switch
    {
        EventKind.Completed => StreamStatus.Completed,
        EventKind.Stopped => StreamStatus.Stopped,
        EventKind.Failed => StreamStatus.Failed,
        _ => StreamStatus.Running,
    };

    private static Refusal UnknownStream { get; } =
        new(RefusalReason.UnknownStream, "There is no such stream: it never was, or it is no longer kept.");

    /// <summary>A stream that exists now. Until this is disposed, its generation has somebody to run for.</summary>
    private sealed class Creation(StreamId stream, bool joined, IDisposable? presence = null, Place? viewer = null) : IDisposable
    {
        private Place? _viewer = viewer;

        public StreamId Stream => stream;

        /// <summary>True if the stream was there before the request.</summary>
        public bool Joined => joined;

        /// <summary>The place of the viewer that comes with the request, if the stream began with it.</summary>
        public Place? KeepPlace()
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
