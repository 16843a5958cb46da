using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>
/// What clients may have on this node, each and all together. Over its own bound a client is told so (429); over that of all the
/// node is busy (503). Either way nothing has begun.
/// </summary>
internal sealed class ClientLimits(IOptions<LimitsOptions> limits) : IDisposable
{
    /// <summary>Something of the client's own, or of others, has to end first, and nobody knows when.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly LimitsOptions _limits = limits.Value;
    private readonly ConcurrencyLimiter _generations = new(limits.Value.RunningGenerations, limits.Value.RunningGenerationsPerClient);
    private readonly ConcurrencyLimiter _viewers = new(limits.Value.Viewers, limits.Value.ViewersPerClient);
    private readonly StartRate _starts = new(limits.Value.StartsPerMinutePerClient);

    public int RunningGenerations => _generations.InUse;

    public int Viewers => _viewers.InUse;

    /// <summary>Room for a generation, and for its first viewer if there is to be one.</summary>
    public Outcome<StartReservation> ReserveStart(Caller caller, bool withViewer)
    {
        if (!_generations.TryAcquire(caller.Client, out var generation, out var scope))
            return scope is LimitScope.Server ? Busy("The server runs as many generations as it may.") : new Refusal(
                RefusalReason.TooManyGenerations, $"You have {_limits.RunningGenerationsPerClient} generations running, which is as many as one client may have.")
            { RetryAfter = RetryDelay };

        Slot? viewer = null;
        if (withViewer && !_viewers.TryAcquire(caller.Client, out viewer, out scope))
        {
            generation.Dispose();
            return RefuseViewer(scope);
        }
        var reservation = new StartReservation(generation, viewer);
        // Last, for what is counted here can't be given back.
        if (_starts.TryStart(caller.Client) is not { } wait)
            return reservation;
        reservation.Dispose();
        return new Refusal(RefusalReason.TooManyStarts, $"You have started as many generations as one client may: {_limits.StartsPerMinutePerClient} in a minute.")
        {
            RetryAfter = wait,
        };
    }

    /// <summary>
    /// Room for a viewer. Where there is none, it takes the place of the same client's oldest viewer of the same stream: whoever
    /// lost a connection comes back before the server has noticed, and must not be kept out by what is left of it.
    /// </summary>
    public Outcome<Slot> AcquireViewer(Caller caller, StreamId streamId)
    {
        if (!_viewers.TryAcquire(caller.Client, out var slot, out var scope))
            return _viewers.ReplaceOldest(caller.Client, streamId) is { } replaced ? replaced : RefuseViewer(scope);
        slot.AssignTo(streamId);
        return slot;
    }

    /// <summary>Room for a reader of a passage, which counts as a viewer while it is sent.</summary>
    public Outcome<Slot> AcquireReader(Caller caller) => _viewers.TryAcquire(caller.Client, out var slot, out var scope) ? slot : RefuseViewer(scope);

    /// <summary>The place of the client's running generation that this request began when it came first.</summary>
    public Slot? FindStarted(Caller caller, Idempotency? idempotency) =>
        idempotency is null ? null : _generations.FindByKey(caller.Client, idempotency.Key);

    public void Dispose() => _starts.Dispose();

    private Refusal RefuseViewer(LimitScope scope) => scope is LimitScope.Server
        ? Busy("The server has as many viewers as it may.")
        : new Refusal(RefusalReason.TooManyViewers, $"You have {_limits.ViewersPerClient} responses open, which is as many as one client may have.")
        {
            RetryAfter = RetryDelay,
        };

    /// <summary>Everyone who hears this comes back: not all at once.</summary>
    private static Refusal Busy(string detail) =>
        new(RefusalReason.Busy, detail) { RetryAfter = RetryDelay * (1 + Random.Shared.NextDouble()) };
}
