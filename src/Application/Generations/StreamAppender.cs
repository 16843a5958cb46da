using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Appends the events of one generation to its stream: collects them in a page, retries while the store is unavailable, notifies the
/// readers, and trims a stream without an end.
/// </summary>
internal sealed class StreamAppender : IDisposable
{
    /// <summary>Limits of one append when the generator is faster than the store: about 50 KB of frames.</summary>
    private const int BatchEvents = 1024;
    private const int BatchCharacters = 8 * 1024;

    private readonly StreamId _streamId;
    private readonly GenerationServices _services;
    private readonly GenerationTelemetry _telemetry;
    private readonly IStreamNotifier _notifier;
    private readonly CheckpointRecorder? _checkpoints;
    private readonly RollingWindow? _rolling;
    private long _next = 2;
    private EventPage? _pending;
    private int _pendingCharacters;
    private byte[]? _pendingCheckpoint;
    private bool _isPendingTried;
    private volatile bool _isRetryStopped;

    /// <param name="start">The stream, which has its first event already.</param>
    /// <param name="checkpoints">Records where the generation is; null if it can't be continued.</param>
    /// <param name="services">The services of the generation.</param>
    /// <param name="telemetry">The telemetry of the generation.</param>
    public StreamAppender(GenerationStart start, CheckpointRecorder? checkpoints, GenerationServices services, GenerationTelemetry telemetry)
    {
        _streamId = start.StreamId;
        _checkpoints = checkpoints;
        _services = services;
        _telemetry = telemetry;
        _notifier = services.Signal.OpenNotifier(start.StreamId);
        if (start.Generator.Source.KeepsEvents is { } events)
            _rolling = new RollingWindow(Math.Min(events, services.Options.MaxEventsPerStream), services.Options.MaxCharactersPerStream);
        if (start.Interrupted?.Record is not { } record)
            return;
        (_next, Segments, Characters) = (record.Extent.Last + 1, record.Segments, record.Characters);
        _rolling?.RecordStored(record.Extent, record.Segments == 0 ? 0 : (double)record.Characters / record.Segments);
    }

    /// <summary>Appended segments.</summary>
    public long Segments { get; private set; }

    /// <summary>Length of the appended segments in UTF-16 code units.</summary>
    public long Characters { get; private set; }

    /// <summary>True if the pending events are enough for one append.</summary>
    public bool IsBatchFull => _pending?.Count >= BatchEvents || _pendingCharacters >= BatchCharacters;

    /// <summary>Lets the running append fail instead of retrying it: the next server closes the stream.</summary>
    public void StopRetrying() => _isRetryStopped = true;

    /// <summary>
    /// Adds text to the pending events, as a segment, or as two if a simple client would mistake one for the end sentinel. False if the
    /// stream would exceed one of its limits.
    /// </summary>
    public bool TryAdd(ReadOnlySpan<char> text)
    {
        var cut = EndSentinel.FindCut(text);
        return cut == 0 ? TryAddSegment(text) : TryAddSegment(text[..cut]) && TryAddSegment(text[cut..]);
    }

    /// <summary>
    /// Appends the pending events with the checkpoint, or a new checkpoint alone, and notifies the readers. The result is null if the
    /// generation can go on.
    /// </summary>
    public ValueTask<GenerationEnding?> AppendAsync() =>
        _pending is { Count: > 0 } pending ? AppendAsync(pending.All, _services.Options.StorePatience)
        : _checkpoints is { HasNewState: true } ? SaveCheckpointAsync(_checkpoints.TakeChange()!)
        : default;

    /// <summary>
    /// Repeats an append whose outcome is unknown, without a time limit. Until the outcome is known only the same batch may be appended,
    /// because the store may have it already.
    /// </summary>
    public ValueTask<GenerationEnding?> RepeatAppendAsync() =>
        _isPendingTried ? AppendAsync(_pending!.All, Timeout.InfiniteTimeSpan) : default;

    /// <summary>Closes the stream, without a time limit: its viewers wait for the terminal event. Null if it could not be closed.</summary>
    public async ValueTask<StreamEvent?> AppendTerminalAsync(GenerationEnding ending)
    {
        if (ending.CreateEvent(Segments + (_pending?.Count ?? 0), Characters + _pendingCharacters) is not { } terminal)
            return null;
        var pending = GetPending();
        pending.Add(terminal.Kind, terminal.Data.Span);
        return await AppendAsync(pending.All, Timeout.InfiniteTimeSpan) is null ? terminal : null;
    }

    /// <summary>Nothing is appended any more.</summary>
    public void Dispose() => _notifier.Dispose();

    private bool TryAddSegment(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty)
            return true;
        var pending = GetPending();
        var sequence = _next + pending.Count;
        // A stream without an end drops its oldest events instead, but one segment must still fit.
        var characters = _rolling is null ? Characters + _pendingCharacters : 0;
        if ((_rolling is null && sequence >= _services.Options.MaxEventsPerStream)
            || characters + segment.Length > _services.Options.MaxCharactersPerStream)
            return false;
        pending.AddSegment(segment);
        _pendingCharacters += segment.Length;
        return true;
    }

    private async ValueTask<GenerationEnding?> AppendAsync(EventBatch batch, TimeSpan patience)
    {
        // A repeated append needs the same checkpoint. After the terminal event there is nothing to continue.
        if (!_isPendingTried)
            _pendingCheckpoint = batch.EndsStream ? null : _checkpoints?.TakeChange();
        _isPendingTried = true;
        var result = await RetryAsync(batch, _pendingCheckpoint, patience);
        switch (result)
        {
            case AppendResult.Appended:
                var (count, segments) = (batch.Count, batch.Segments.Count);
                var trimBefore = _rolling?.RecordAppend(batch.Last, _pendingCharacters);
                _next = batch.Last + 1;
                Segments += segments;
                Characters += _pendingCharacters;
                DropPending();
                _notifier.Appended(_next - 1);
                _telemetry.Shown(count, segments);
                if (trimBefore is { } before)
                    await TrimAsync(before);
                break;
            case AppendResult.Full or AppendResult.Refused:
                DropPending();
                break;
        }
        return ToEnding(result);
    }

    private async ValueTask<GenerationEnding?> SaveCheckpointAsync(byte[] checkpoint) =>
        ToEnding(await RetryAsync(batch: null, checkpoint, _services.Options.StorePatience));

    private static GenerationEnding? ToEnding(AppendResult? result) => result switch
    {
        AppendResult.Appended => null,
        AppendResult.Full => new GenerationEnding.Stopped(StopReason.Limit),
        AppendResult.Refused => new GenerationEnding.Lost(),
        _ => new GenerationEnding.Failed(ProblemTypes.StoreFailed, "The text could not be stored.",
            "The server could not store more of this text. The text up to here is complete."),
    };

    /// <summary>
    /// Appends, or saves a checkpoint alone, and retries while the store is unavailable; null if it is unavailable for longer than the
    /// patience.
    /// </summary>
    private async ValueTask<AppendResult?> RetryAsync(EventBatch? batch, byte[]? checkpoint, TimeSpan patience)
    {
        var started = _services.Time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var tried = _telemetry.BeginAppend();
            try
            {
                var result = batch is { } events
                    ? await _services.Store.AppendAsync(events, checkpoint, CancellationToken.None)
                    : await _services.Store.SaveCheckpointAsync(_streamId, checkpoint!, CancellationToken.None);
                _telemetry.EndAppend(tried, result);
                return result;
            }
            catch (StoreUnavailableException)
            {
                _telemetry.EndAppend(tried, result: null);
            }
            if (_isRetryStopped || (patience != Timeout.InfiniteTimeSpan && _services.Time.GetElapsedTime(started) >= patience))
                return null;
            await Task.Delay(StoreRetry.Delays.GetDelay(attempt), _services.Time, CancellationToken.None);
        }
    }

    private async ValueTask TrimAsync(long before)
    {
        try
        {
            await _services.Store.TrimAsync(_streamId, before, CancellationToken.None);
        }
        // The next trim drops these events too.
        catch (StoreUnavailableException)
        {
        }
        catch (Exception exception)
        {
            GenerationLog.TrimFailed(_services.Logger, exception, _streamId);
        }
    }

    private EventPage GetPending() => _pending ??= EventPagePool.Rent(_streamId, _next);

    private void DropPending()
    {
        if (_pending is not null)
            EventPagePool.Return(_pending);
        _pending = null;
        _pendingCharacters = 0;
        _pendingCheckpoint = null;
        _isPendingTried = false;
    }
}
