using SseStreaming.Application.Common;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Writing;

/// <summary>
/// The writer of one stream that clients write. It decides their appends in order, and combines those that arrive while the store is busy
/// into the next append (docs/decisions/0021-streams-that-clients-write.md).
/// </summary>
internal sealed class ExternalWriter : Deadline
{
    /// <summary>Limits of one append: writes beyond them wait for the next one.</summary>
    private const int MaxWritesPerAppend = 1024;
    private const int MaxCharactersPerAppend = 64 * 1024;

    /// <summary>Writes that wait at most: a client that sends more at once has to slow down.</summary>
    private const int MaxQueued = 4096;

    /// <summary>How often writes are decided anew because another node has appended in between.</summary>
    private const int MaxAttempts = 8;

    private static readonly TimeSpan IdleRetryDelay = TimeSpan.FromSeconds(30);

    private readonly WriterServices _services;
    private readonly Action<ExternalWriter> _retire;
    private readonly IStreamNotifier _notifier;
    private readonly Lock _gate = new();
    private readonly Queue<PendingWrite> _queue = new();
    private WriterPosition? _position;
    private AppendPlan? _unconfirmed;
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isRetired;
    private bool _isIdle;
    private bool _isStopping;
    private bool _isForeign;
    private bool _isGone;
    private long _lastAppend;

    /// <param name="streamId">The stream.</param>
    /// <param name="position">Where the stream is, if this node has just created or taken it; null to take it at the first write.</param>
    /// <param name="services">The services of all writers.</param>
    /// <param name="retire">Called once, when this writer is of no use any more.</param>
    public ExternalWriter(StreamId streamId, WriterPosition? position, WriterServices services, Action<ExternalWriter> retire)
    {
        (StreamId, _position, _services, _retire) = (streamId, position, services, retire);
        _notifier = services.Signal.OpenNotifier(streamId);
        Volatile.Write(ref _lastAppend, services.Time.GetTimestamp());
        if (services.IdleTimeout > TimeSpan.Zero)
            services.Deadlines.Add(this, _lastAppend + IdleTicks);
    }

    public StreamId StreamId { get; }

    /// <summary>The stream; null until this node has taken it.</summary>
    public StreamHead? Head => Volatile.Read(ref _position)?.Head;

    /// <summary>Completes when the writes that were queued before the call are answered.</summary>
    public Task Idle
    {
        get
        {
            lock (_gate)
                return _running;
        }
    }

    private long IdleTicks => DeadlineQueue.ToTicks(_services.Time, _services.IdleTimeout);

    /// <summary>Queues a write; false if this writer is retired, so that the stream needs another one.</summary>
    public bool TryAdd(PendingWrite write)
    {
        lock (_gate)
        {
            if (_isRetired)
                return false;
            if (_queue.Count >= MaxQueued)
            {
                write.Complete(new Refusal(RefusalReason.Busy, "Too many appends to this stream wait.") { RetryAfter = TimeSpan.FromSeconds(1) });
                return true;
            }
            _queue.Enqueue(write);
            Run();
        }
        return true;
    }

    /// <summary>The server stops: an append that the store does not confirm soon stays unconfirmed.</summary>
    public void Stop() => Volatile.Write(ref _isStopping, true);

    /// <summary>The stream was dropped.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _isGone = true;
            Run();
        }
    }

    /// <summary>Appends wait for it, so it only starts the end of an idle stream.</summary>
    protected internal override long OnDue(long now)
    {
        var due = Volatile.Read(ref _lastAppend) + IdleTicks;
        if (due > now)
            return due;
        lock (_gate)
        {
            _isIdle = true;
            Run();
        }
        // Soon, because the store may be unavailable now.
        return now + Math.Min(IdleTicks, DeadlineQueue.ToTicks(_services.Time, IdleRetryDelay));
    }

    /// <summary>The caller holds the lock.</summary>
    private void Run()
    {
        if (_isRunning || _isRetired)
            return;
        _isRunning = true;
        // An append has writes of many requests, so it belongs to the trace of none.
        using (ExecutionContext.SuppressFlow())
            _running = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        while (TakeWrites(out var isIdle) is { } writes)
        {
            try
            {
                if (writes.Count > 0)
                    await WriteAsync(writes);
                else if (isIdle)
                    await EndIdleAsync();
            }
            catch (StoreUnavailableException)
            {
                Refuse(writes, Unavailable);
            }
            catch (Exception exception)
            {
                // The state in memory may be wrong now.
                _position = null;
                WriterLog.Faulted(_services.Logger, exception, StreamId);
                writes.ForEach(write => write.Fail(exception));
            }
        }
    }

    /// <summary>The next writes for one append; null ends the run, and retires a writer that is of no use any more.</summary>
    private List<PendingWrite>? TakeWrites(out bool isIdle)
    {
        lock (_gate)
        {
            (isIdle, _isIdle) = (_isIdle, false);
            var writes = new List<PendingWrite>();
            for (var characters = 0L; writes.Count < MaxWritesPerAppend && _queue.TryPeek(out var write); writes.Add(_queue.Dequeue()))
            {
                characters += write.Characters;
                if (writes.Count > 0 && characters > MaxCharactersPerAppend)
                    break;
            }
            if (writes.Count > 0 || isIdle)
                return writes;
            _isRunning = false;
            _isRetired = _isGone || _isForeign || _position is { IsClosed: true };
            if (!_isRetired)
                return null;
        }
        _services.Deadlines.Remove(this);
        _notifier.Dispose();
        _retire(this);
        return null;
    }

    private async Task WriteAsync(List<PendingWrite> writes)
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
    private async Task EndIdleAsync()
    {
        if (_services.Time.GetElapsedTime(Volatile.Read(ref _lastAppend)) < _services.IdleTimeout || !await ConfirmAsync())
            return;
        if (_position is not { } position)
        {
            // An earlier attempt to take the stream had no answer. Its idle time is not known either, so it begins now.
            if (!_isForeign)
                await GetPositionAsync([]);
            Volatile.Write(ref _lastAppend, _services.Time.GetTimestamp());
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
        var plan = new AppendPlan(position, _services.Options);
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
        if (await _services.Cluster.TakeAsync(StreamId, CancellationToken.None) is not { } taken)
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
        var started = _services.Time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var tried = _services.Time.GetTimestamp();
            try
            {
                var result = await _services.Store.AppendAsync(plan.Batch, plan.Checkpoint, CancellationToken.None);
                _services.Metrics.AppendTried(result, _services.Time.GetElapsedTime(tried));
                return result;
            }
            catch (StoreUnavailableException)
            {
                _services.Metrics.AppendTried(result: null, _services.Time.GetElapsedTime(tried));
            }
            if (Volatile.Read(ref _isStopping) || _services.Time.GetElapsedTime(started) >= _services.Options.StorePatience)
                return null;
            await Task.Delay(StoreRetry.Delays.GetDelay(attempt), _services.Time, CancellationToken.None);
        }
    }

    private void Commit(AppendPlan plan)
    {
        var (count, to) = (plan.Batch.Count, plan.To);
        plan.Release();
        _position = to;
        Volatile.Write(ref _lastAppend, _services.Time.GetTimestamp());
        _notifier.Appended(to.Last);
        _services.Metrics.EventsAppended(ExternalSource.Name, count);
        if (plan.Terminal is not { } terminal)
            return;
        var reason = EventData.ReadReason(terminal);
        _services.Metrics.StreamClosed(ExternalSource.Name, terminal.Kind, reason);
        WriterLog.Ended(_services.Logger, StreamId, terminal.Kind, reason, to.Segments, to.Characters);
    }

    /// <summary>
    /// True if a refused batch may be in the stream all the same: an attempt without an answer may have stored it before another node took
    /// the stream.
    /// </summary>
    private async Task<bool> MayBeStoredAsync(EventBatch batch)
    {
        if (await _services.Store.ReadAsync(StreamId, batch.First - 1, CancellationToken.None) is not { IsEmpty: false } stored)
            return false;
        var length = Math.Min(stored.Frames.Length, batch.Frames.Length);
        return stored.Frames.Span[..length].SequenceEqual(batch.Frames.Span[..length]);
    }

    /// <summary>Refuses the writes that nothing recognizes if they are stored after all.</summary>
    private static void RefuseUnrepeatable(List<PendingWrite> writes)
    {
        var unrepeatable = writes.FindAll(write => write.Producer is null);
        Refuse(unrepeatable, new Refusal(RefusalReason.StoreUnavailable,
            "The store was not available, so it is unknown whether the text was appended. Producer headers make an append repeatable."));
        writes.RemoveAll(unrepeatable.Contains);
    }

    private static void Refuse(List<PendingWrite> writes, Refusal refusal) => writes.ForEach(write => write.Complete(refusal));

    private static Refusal Unavailable { get; } =
        new(RefusalReason.StoreUnavailable, "The store is not available.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
