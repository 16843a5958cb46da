using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>
/// The limits of clients on this node. A refusal for the client's own limit is answered with 429, one for the limit of all clients with
/// 503; in both cases nothing has started.
/// </summary>
internal sealed class ClientLimits(IOptions<LimitsOptions> limits) : IDisposable
{
    /// <summary>A generation or response has to end first, at an unknown time.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly LimitsOptions _limits = limits.Value;
    private readonly ConcurrencyLimiter _generations = new(limits.Value.RunningGenerations, limits.Value.RunningGenerationsPerClient);
    private readonly ConcurrencyLimiter _viewers = new(limits.Value.Viewers, limits.Value.ViewersPerClient);
    private readonly StartRate _starts = new(limits.Value.StartsPerMinutePerClient);

    public int RunningGenerations => _generations.InUse;

    public int Viewers => _viewers.InUse;

    /// <summary>Reserves a slot for a generation, and one for its first viewer if there is one.</summary>
    public Outcome<StartReservation> ReserveStart(Caller caller, bool withViewer)
    {
        if (!_generations.TryAcquire(caller.Client, out var generation, out var scope))
            return scope is LimitScope.Server ? Busy("The server runs as many generations as its limit allows.") : new Refusal(
                RefusalReason.TooManyGenerations, $"You have {_limits.RunningGenerationsPerClient} generations running, which is the limit per client.")
            { RetryAfter = RetryDelay };

        Slot? viewer = null;
        if (withViewer && !_viewers.TryAcquire(caller.Client, out viewer, out scope))
        {
            generation.Dispose();
            return RefuseViewer(scope);
        }
        var reservation = new StartReservation(generation, viewer);
        // Last, because a counted start can't be undone.
        if (CountStart(caller) is not { } refusal)
            return reservation;
        reservation.Dispose();
        return refusal;
    }

    /// <summary>Counts the start of a stream; the result is null if the client's limit allows it.</summary>
    public Refusal? CountStart(Caller caller) => _starts.TryStart(caller.Client) is not { } wait ? null
        : new Refusal(RefusalReason.TooManyStarts, $"You have started as many generations as the limit per client allows: {_limits.StartsPerMinutePerClient} per minute.")
        {
            RetryAfter = wait,
        };

    /// <summary>The slot of a generation that another node has started, which counts even if it exceeds the limits of this node.</summary>
    public Slot AcquireContinued(string client) => _generations.Acquire(client);

    /// <summary>
    /// Acquires a slot for a viewer. At the limit it replaces the same client's oldest viewer of the same stream: a client that lost its
    /// connection reconnects before the server notices the loss, and its dead viewer must not keep it out.
    /// </summary>
    public Outcome<Slot> AcquireViewer(Caller caller, StreamId streamId)
    {
        if (!_viewers.TryAcquire(caller.Client, out var slot, out var scope))
            return _viewers.ReplaceOldest(caller.Client, streamId) is { } replaced ? replaced : RefuseViewer(scope);
        slot.AssignTo(streamId);
        return slot;
    }

    /// <summary>Acquires a slot for a reader of a passage, which counts as a viewer while the passage is sent.</summary>
    public Outcome<Slot> AcquireReader(Caller caller) => _viewers.TryAcquire(caller.Client, out var slot, out var scope) ? slot : RefuseViewer(scope);

    /// <summary>The slot of the client's running generation that was started with the same idempotency key.</summary>
    public Slot? FindStarted(Caller caller, Idempotency? idempotency) =>
        idempotency is null ? null : _generations.FindByKey(caller.Client, idempotency.Key);

    public void Dispose() => _starts.Dispose();

    private Refusal RefuseViewer(LimitScope scope) => scope is LimitScope.Server
        ? Busy("The server has as many viewers as its limit allows.")
        : new Refusal(RefusalReason.TooManyViewers, $"You have {_limits.ViewersPerClient} responses open, which is the limit per client.")
        {
            RetryAfter = RetryDelay,
        };

    /// <summary>The delay is random, so that refused clients don't retry at the same time.</summary>
    private static Refusal Busy(string detail) =>
        new(RefusalReason.Busy, detail) { RetryAfter = RetryDelay * (1 + Random.Shared.NextDouble()) };
}
