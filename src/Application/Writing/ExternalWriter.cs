using SseStreaming.Application.Common;
using SseStreaming.Application.Contracts;
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

    private static readonly TimeSpan IdleRetryDelay = TimeSpan.FromSeconds(30);

    private readonly WriterServices _services;
    private readonly Action<ExternalWriter> _retire;
    private readonly ExternalAppender _appender;
    private readonly Lock _gate = new();
    private readonly Queue<PendingWrite> _queue = new();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isRetired;
    private bool _isIdle;
    private bool _isGone;

    /// <param name="streamId">The stream.</param>
    /// <param name="position">Where the stream is, if this node has just created or taken it; null to take it at the first write.</param>
    /// <param name="services">The services of all writers.</param>
    /// <param name="retire">Called once, when this writer is of no use any more.</param>
    public ExternalWriter(StreamId streamId, WriterPosition? position, WriterServices services, Action<ExternalWriter> retire)
    {
        (StreamId, _services, _retire) = (streamId, services, retire);
        _appender = new ExternalAppender(streamId, position, services);
        if (services.IdleTimeout > TimeSpan.Zero)
            services.Deadlines.Add(this, _appender.LastAppend + IdleTicks);
    }

    public StreamId StreamId { get; }

    /// <summary>The stream; null until this node has taken it.</summary>
    public StreamHead? Head => _appender.Head;

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
    public void Stop() => _appender.StopRetrying();

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
        var due = _appender.LastAppend + IdleTicks;
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
                    await _appender.WriteAsync(writes);
                else if (isIdle)
                    await _appender.EndIdleAsync();
            }
            catch (StoreUnavailableException)
            {
                ExternalAppender.Refuse(writes, ExternalAppender.Unavailable);
            }
            catch (Exception exception)
            {
                // The state in memory may be wrong now.
                _appender.Reset();
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
            _isRetired = _isGone || _appender.IsDone;
            if (!_isRetired)
                return null;
        }
        _services.Deadlines.Remove(this);
        _appender.Close();
        _retire(this);
        return null;
    }
}
