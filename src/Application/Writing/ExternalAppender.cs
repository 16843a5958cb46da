using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Writing;

/// <summary>
/// Appends to one stream that clients write, one call at a time: takes the stream from its owner if necessary, decides the writes, repeats
/// what has no answer, and notifies the readers.
/// </summary>
/// <param name="streamId">The stream.</param>
/// <param name="position">Where the stream is, if this node has just created or taken it; null to take it at the first write.</param>
/// <param name="services">The services of all writers.</param>
[SuppressMessage("Design", "CA1001", Justification = "The writer closes it when it retires.")]
internal sealed class ExternalAppender(StreamId streamId, WriterPosition? position, WriterServices services)
{
    /// <summary>How often writes are decided anew because another node has appended in between.</summary>
    private const int MaxAttempts = 8;

    private readonly IStreamNotifier _notifier = services.Signal.OpenNotifier(streamId);
    private WriterPosition? _position = position;
    private AppendPlan? _unconfirmed;
    private bool _isForeign;
    private bool _isRetryStopped;
    private long _lastAppend = services.Time.GetTimestamp();

    /// <summary>The stream; null until this node has taken it.</summary>
    public StreamHead? Head => Volatile.Read(ref _position)?.Head;

    /// <summary>Timestamp of the last append, or of the time when this node became the owner.</summary>
    public long LastAppend => Volatile.Read(ref _lastAppend);

    /// <summary>True if the stream is closed, or is another node's.</summary>
    public bool IsDone => _isForeign || _position is { IsClosed: true };

    /// <summary>Lets the running append stay unconfirmed instead of repeating it.</summary>
    public void StopRetrying() => Volatile.Write(ref _isRetryStopped, true);

    /// <summary>What this node knows of the stream may be wrong: it asks the store at the next write.</summary>
    public void Reset() => _position = null;

    /// <summary>Nothing is appended any more.</summary>
    public void Close() => _notifier.Dispose();

    /// <summary>Decides the writes in their order, stores those that are accepted in one append, and answers all of them.</summary>
    public async Task WriteAsync(List<PendingWrite> writes)
    {
        if (!await ConfirmAsync())
        {
            Refuse(writes, Unavailable);
            return;
        }
        for (var attempt = 0; attempt < MaxAttempts && writes.Count > 0; attempt++)
        {
            var isKnown = _position is not null;
            if (await GetPositionAsync(writes) is not { } position)
            {
                Refuse(writes, Refusal.UnknownStream);
                return;
            }
            var plan = CreatePlan(position, writes);
            if (plan.Batch.IsEmpty && plan.IsInDoubt && isKnown)
            {
                _position = null;
                continue;
            }
            if (plan.Batch.IsEmpty)
            {
                plan.Complete();
                return;
            }
            switch (await AppendAsync(plan))
            {
                case AppendResult.Appended:
                    Commit(plan);
                    plan.Complete();
                    return;
                case AppendResult.Full:
                    plan.Release();
                    Refuse(writes, Refusal.Full());
                    return;
                case AppendResult.Refused:
                    // Another node has taken the stream, or it is closed or dropped.
                    (_position, _isForeign) = (null, true);
                    if (await MayBeStoredAsync(plan.Batch))
                        RefuseUnrepeatable(writes);
                    plan.Release();
                    break;
                default:
                    _unconfirmed = plan;
                    Refuse(writes, Unavailable);
                    return;
            }
        }
        Refuse(writes, new Refusal(RefusalReason.Busy, "Several servers append to this stream at once.") { RetryAfter = TimeSpan.FromSeconds(1) });
    }

    /// <summary>Ends a stream that has had no append for long, unless another node has got appends for it meanwhile.</summary>
    public async Task EndIdleAsync()
    {
        if (services.Time.GetElapsedTime(Volatile.Read(ref _lastAppend)) < services.IdleTimeout || !await ConfirmAsync())
            return;
        if (_position is not { } position)
        {
            // An earlier attempt to take the stream had no answer. Its idle time is not known either, so it begins now.
            if (!_isForeign)
                await GetPositionAsync([]);
            Volatile.Write(ref _lastAppend, services.Time.GetTimestamp());
            return;
        }
        if (position.IsClosed)
            return;
        var plan = CreatePlan(position, [new PendingWrite
        {
            Ending = new GenerationEnding.Failed(
                ProblemTypes.Idle, "The writer is gone.", "Nothing was appended to this text for long, so it was ended. The text up to here is complete."),
        }]);
        switch (await AppendAsync(plan))
        {
            case AppendResult.Appended:
                Commit(plan);
                break;
            case null:
                _unconfirmed = plan;
                break;
            default:
                plan.Release();
                (_position, _isForeign) = (null, true);
                break;
        }
    }

    private AppendPlan CreatePlan(WriterPosition position, List<PendingWrite> writes)
    {
        var plan = new AppendPlan(position, services.Options);
        writes.ForEach(plan.Add);
        plan.Seal();
        return plan;
    }

    /// <summary>Where the stream is; takes it from its owner if this node may not be it. Null if there is no such stream.</summary>
    private async Task<WriterPosition?> GetPositionAsync(List<PendingWrite> writes)
    {
        if (_position is not null)
            return _position;
        // Until the store has answered, this node may own the stream, and has to end it when it is idle.
        _isForeign = false;
        if (await services.Cluster.TakeAsync(streamId, CancellationToken.None) is not { } taken)
        {
            _isForeign = true;
            return null;
        }
        // A client asked the owner before to stop it.
        if (taken is { IsStopRequested: true, Record.Ending: null })
            writes.Insert(0, PendingWrite.Stop());
        return _position = WriterPosition.From(taken);
    }

    /// <summary>
    /// Repeats an append whose outcome is unknown: until it is known only the same batch may be appended, because the store may have it
    /// already. False if the store is still unavailable.
    /// </summary>
    private async Task<bool> ConfirmAsync()
    {
        if (_unconfirmed is not { } plan)
            return true;
        switch (await AppendAsync(plan))
        {
            case AppendResult.Appended:
                Commit(plan);
                break;
            case AppendResult.Refused:
                plan.Release();
                (_position, _isForeign) = (null, true);
                break;
            case AppendResult.Full:
                plan.Release();
                break;
            default:
                return false;
        }
        _unconfirmed = null;
        return true;
    }

    /// <summary>Appends, and repeats that while the store is unavailable; null if it is for longer than its patience.</summary>
    private async Task<AppendResult?> AppendAsync(AppendPlan plan)
    {
        var started = services.Time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var tried = services.Time.GetTimestamp();
            try
            {
                var result = await services.Store.AppendAsync(plan.Batch, plan.Checkpoint, CancellationToken.None);
                services.Metrics.AppendTried(result, services.Time.GetElapsedTime(tried));
                return result;
            }
            catch (StoreUnavailableException)
            {
                services.Metrics.AppendTried(result: null, services.Time.GetElapsedTime(tried));
            }
            if (Volatile.Read(ref _isRetryStopped) || services.Time.GetElapsedTime(started) >= services.Options.StorePatience)
                return null;
            await Task.Delay(StoreRetry.Delays.GetDelay(attempt), services.Time, CancellationToken.None);
        }
    }

    private void Commit(AppendPlan plan)
    {
        var (count, to) = (plan.Batch.Count, plan.To);
        plan.Release();
        _position = to;
        Volatile.Write(ref _lastAppend, services.Time.GetTimestamp());
        _notifier.Appended(to.Last);
        services.Metrics.EventsAppended(ExternalSource.Name, count);
        if (plan.Terminal is not { } terminal)
            return;
        var reason = EventData.ReadReason(terminal);
        services.Metrics.StreamClosed(ExternalSource.Name, terminal.Kind, reason);
        WriterLog.Ended(services.Logger, streamId, terminal.Kind, reason, to.Segments, to.Characters);
    }

    /// <summary>
    /// True if a refused batch may be in the stream all the same: an attempt without an answer may have stored it before another node took
    /// the stream.
    /// </summary>
    private async Task<bool> MayBeStoredAsync(EventBatch batch) =>
        await services.Store.ReadAsync(streamId, batch.First - 1, CancellationToken.None) is { } stored && stored.AgreesWith(batch);

    /// <summary>Refuses the writes that nothing recognizes if they are stored after all.</summary>
    private static void RefuseUnrepeatable(List<PendingWrite> writes)
    {
        var unrepeatable = writes.FindAll(write => write.Producer is null);
        Refuse(unrepeatable, new Refusal(RefusalReason.StoreUnavailable,
            "The store was not available, so it is unknown whether the text was appended. Producer headers make an append repeatable."));
        writes.RemoveAll(unrepeatable.Contains);
    }

    public static void Refuse(List<PendingWrite> writes, Refusal refusal) => writes.ForEach(write => write.Complete(refusal));

    public static Refusal Unavailable { get; } =
        new(RefusalReason.StoreUnavailable, "The store is not available.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
