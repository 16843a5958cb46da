using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Limits;

/// <summary>
/// What clients may have on this node, each and all together. Over its own bound a client is told so (429); over that of all the
/// node is busy (503). Either way nothing has begun.
/// </summary>
internal sealed class ClientBounds(IOptions<LimitsOptions> limits) : IDisposable
{
    /// <summary>Something of the client's own, or of others, has to end first, and nobody knows when.</summary>
    private static readonly TimeSpan RetryWhenTaken = TimeSpan.FromSeconds(5);

    private readonly LimitsOptions _limits = limits.Value;
    private readonly Places _generations = new(limits.Value.RunningGenerations, limits.Value.RunningGenerationsPerClient);
    private readonly Places _viewers = new(limits.Value.Viewers, limits.Value.ViewersPerClient);
    private readonly StartRate _starts = new(limits.Value.StartsPerMinutePerClient, limits.Value.StartCounts);

    public int RunningGenerations => _generations.Taken;

    public int Viewers => _viewers.Taken;

    /// <summary>Room for a generation, and for its first viewer if there is to be one.</summary>
    public Outcome<Admission> AdmitStart(Caller caller, bool withViewer)
    {
        if (!_generations.TryTake(caller.Client, out var generation, out var reached))
            return reached is ReachedBound.InAll ? Busy("The server runs as many generations as it may.") : new Refusal(
                RefusalReason.TooManyGenerations, $"You have {_limits.RunningGenerationsPerClient} generations running, which is as many as one client may have.")
            { RetryAfter = RetryWhenTaken };

        Place? viewer = null;
        if (withViewer && !_viewers.TryTake(caller.Client, out viewer, out reached))
        {
            generation.Dispose();
            return NoViewer(reached);
        }
        var admission = new Admission(generation, viewer);
        // Last, for what is counted here can't be given back.
        if (_starts.Refuse(caller.Client) is not { } wait)
            return admission;
        admission.Dispose();
        return new Refusal(RefusalReason.TooManyStarts, $"You have started as many generations as one client may: {_limits.StartsPerMinutePerClient} in a minute.")
        {
            RetryAfter = wait,
        };
    }

    /// <summary>
    /// Room for a viewer. Where there is none, it takes the place of the same client's oldest viewer of the same stream: whoever
    /// lost a connection comes back before the server has noticed, and must not be kept out by what is left of it.
    /// </summary>
    public Outcome<Place> AdmitViewer(Caller caller, StreamId stream)
    {
        if (!_viewers.TryTake(caller.Client, out var place, out var reached))
            return _viewers.Replace(caller.Client, stream) is { } replaced ? replaced : NoViewer(reached);
        place.Settle(stream);
        return place;
    }

    /// <summary>Room for a reader of a passage, which counts as a viewer while it is sent.</summary>
    public Outcome<Place> AdmitReader(Caller caller) => _viewers.TryTake(caller.Client, out var place, out var reached) ? place : NoViewer(reached);

    /// <summary>The place of the client's running generation that this request began when it came first.</summary>
    public Place? FindStarted(Caller caller, Idempotency? idempotency) =>
        idempotency is null ? null : _generations.FindKey(caller.Client, idempotency.Key);

    public void Dispose() => _starts.Dispose();

    private Refusal NoViewer(ReachedBound reached) => reached is ReachedBound.InAll
        ? Busy("The server has as many viewers as it may.")
        : new Refusal(RefusalReason.TooManyViewers, $"You have {_limits.ViewersPerClient} responses open, which is as many as one client may have.")
        {
            RetryAfter = RetryWhenTaken,
        };

    /// <summary>Everyone who hears this comes back: not all at once.</summary>
    private static Refusal Busy(string detail) =>
        new(RefusalReason.Busy, detail) { RetryAfter = RetryWhenTaken * (1 + Random.Shared.NextDouble()) };
}
