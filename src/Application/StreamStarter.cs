using Microsoft.Extensions.Options;
using SseStreaming.Application.Common;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Viewers;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <summary>Starts a stream and its generation, or joins one that a request of the same key or for the same shared source started.</summary>
internal sealed class StreamStarter(
    SourceCatalog sources,
    IEventStreamStore store,
    GenerationRunner runner,
    ViewerRegistry viewers,
    Drain drain,
    ClientLimits clientLimits,
    IOptions<LimitsOptions> limits,
    IOptions<StreamsOptions> streams,
    TimeProvider time)
{
    private readonly KeyedLock _sharing = new();

    /// <param name="caller">The caller whose limits apply.</param>
    /// <param name="request">The request, not validated yet.</param>
    /// <param name="withViewer">True if the request views the stream, which needs a slot of its own.</param>
    /// <param name="cancellationToken">Cancels the validation; a stream that is being created gets its generation.</param>
    public async ValueTask<Outcome<StreamHandle>> StartAsync(Caller caller, StartRequest request, bool withViewer, CancellationToken cancellationToken)
    {
        if (!sources.Find(request.Source).Try(out var generator, out var refusal)
            || !StreamLabels.Validate(request.Thread, request.Properties, out refusal)
            || !PromptValidator.Validate(request, generator.Source, limits.Value, out refusal)
            || !SourceOptions.Read(generator.Source, request.Options).Try(out var options, out refusal))
            return refusal!;

        var generation = new GenerationRequest(request.Prompt, options)
        {
            Messages = request.Messages,
            // A shared stream has no owner.
            Subject = generator.Source.IsShared ? null : caller.Subject,
        };
        if (await generator.ValidateAsync(generation, cancellationToken) is { } invalid)
            return invalid;
        if (drain.HasBegun)
            return Refusal.Stopping(drain.NextRetryDelay());

        if (!generator.Source.IsShared)
            return await CreateAsync(caller, request, withViewer, generator, generation, shareKey: null);

        var shareKey = RequestDigest.ComputeShared(generator.Source.Name, generation);
        // Two concurrent requests with the same key would otherwise start a generation each.
        using (await _sharing.LockAsync(shareKey, cancellationToken))
            return JoinShared(shareKey, request) ?? await CreateAsync(caller, request, withViewer, generator, generation, shareKey);
    }

    /// <summary>The running generation with this share key; null if there is none.</summary>
    private Outcome<StreamHandle>? JoinShared(string shareKey, StartRequest request)
    {
        if (runner.FindShared(shareKey) is not { } running)
            return null;
        var handle = new StreamHandle(running.StreamId, joined: true, Register(running.StreamId));
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
            Owner = generation.Subject,
            IsShared = shareKey is not null,
            Thread = shareKey is null ? request.Thread : null,
            Properties = shareKey is null ? request.Properties : null,
            Idempotency = request.IdempotencyKey is { } key ? new Idempotency(Idempotency.ScopeKey(caller.Subject, key), RequestDigest.Compute(request)) : null,
        };
        // Before the limits: a repeated request starts nothing, so no limit applies.
        if (clientLimits.FindStarted(caller, head.Idempotency) is { } running && runner.Find(running.StreamId)?.Ended.IsCompleted is not true)
            return JoinByKey(running.StreamId, running.Idempotency, head);
        if (!clientLimits.ReserveStart(caller, withViewer).Try(out var reservation, out var refusal))
            return refusal;

        using var unused = reservation;
        var started = EventBatch.Create(head.Id, 1, EventData.Started(head.Id, head.Source));
        var continueUnviewed = request.OnDisconnect is OnDisconnect.Continue;
        var kept = streams.Value.KeepRequests && generator is IResumableGenerator { Continuation: not ContinuationMode.Never }
            ? KeptRequest.From(head.Source, generation, continueUnviewed, caller.Client).Encode()
            : null;
        // Not cancelled with the request: a stream that exists must get its generation.
        var result = await store.CreateAsync(head, started, kept, CancellationToken.None);
        if (result.Outcome is CreateOutcome.Full)
            return Refusal.Full();
        if (result.Outcome is not CreateOutcome.Created)
            return JoinByKey(result.Existing!.Id, result.Existing.Idempotency, head);

        // Registered before the generation starts, so that a grace of zero does not end it.
        var handle = new StreamHandle(head.Id, joined: false, Register(head.Id), reservation.TakeViewerSlot());
        var slot = reservation.TakeGenerationSlot();
        slot?.AssignTo(head.Id, head.Idempotency);
        runner.Start(new GenerationStart(head.Id, generator, generation)
        {
            ContinueUnviewed = continueUnviewed,
            IsKept = kept is not null,
            Slot = slot,
            ShareKey = shareKey,
        });
        return handle;
    }

    private static Outcome<StreamHandle> JoinByKey(StreamId streamId, Idempotency? idempotency, StreamHead head) => idempotency == head.Idempotency
        ? new StreamHandle(streamId, joined: true)
        : new Refusal(RefusalReason.KeyReused, "The Idempotency-Key was used before with a different request.");

    /// <summary>Registers the request as a viewer of a stream whose generation runs on this node.</summary>
    private IDisposable Register(StreamId streamId) => viewers.Register(streamId, id => runner.Find(id)?.ViewersChanged());
}
