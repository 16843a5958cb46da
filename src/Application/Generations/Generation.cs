using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>One run of a generator, which appends its text to one stream and closes the stream with exactly one terminal event.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer needs no disposal, and may be cancelled at any time.")]
internal sealed class Generation
{
    private readonly GenerationStart _start;
    private readonly GenerationServices _services;
    private readonly GenerationTelemetry _telemetry;
    private readonly SegmentShaper _shaper;
    private readonly CheckpointRecorder? _checkpoints;
    private readonly StreamAppender _appender;
    private readonly TextPump _pump;
    private readonly GracePeriod _grace;
    private readonly ViewerWait? _viewerWait;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StopReason _stopReason;

    public Generation(GenerationStart start, GenerationServices services)
    {
        _start = start;
        _services = services;
        _shaper = new SegmentShaper(start.Interrupted?.Checkpoint.Held ?? "");
        _checkpoints = start.Continuation is ContinuationMode.Never ? null : new CheckpointRecorder(_shaper, start.Interrupted?.Checkpoint);
        _telemetry = new GenerationTelemetry(start.StreamId, Source, start.Interrupted?.Record, services.Metrics, services.Time);
        _appender = new StreamAppender(start, _checkpoints, services, _telemetry);
        _pump = new TextPump(_shaper, _appender, _checkpoints, () => GenerationLog.CheckpointTooLong(services.Logger, StreamId, Source));
        _grace = new GracePeriod(start.StreamId, start.ContinueUnviewed, services, abandon: () => Stop(StopReason.Abandoned));
        if (start is { Interrupted: not null, Continuation: ContinuationMode.WhenViewed, ContinueUnviewed: false })
            _viewerWait = new ViewerWait(start.StreamId, services);
    }

    public StreamId StreamId => _start.StreamId;

    /// <summary>True if the source has no end of its own.</summary>
    public bool IsEndless => _start.Generator.Source.KeepsEvents is not null;

    /// <summary>True if another node could continue the generation, now or after its next checkpoint.</summary>
    public bool IsContinuable => _checkpoints is not null;

    /// <summary>True if another node owns the stream, and this generation appends nothing more.</summary>
    public bool HasOtherOwner { get; private set; }

    private string Source => _start.Generator.Source.Name;

    /// <summary>Completes when the stream is closed, or belongs to another node.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the generator has been disposed, too.</summary>
    public Task Released => _released.Task;

    /// <summary>Stops the generation at once. The first stop reason wins; the result is the one that did.</summary>
    public StopReason Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _stopReason, reason, StopReason.None) is var earlier and not StopReason.None)
            return earlier;
        if (reason is StopReason.Interrupted or StopReason.HandedOver)
            _appender.StopRetrying();
        // Callbacks that the generator registered must not run on the caller's stack.
        _ = _stopping.CancelAsync();
        return reason;
    }

    /// <summary>
    /// Hands the generation over to another node: at once if it can be continued from here, otherwise after its next checkpoint. False if
    /// it has not stopped.
    /// </summary>
    public bool HandOver()
    {
        if (!_pump.LeaveWhenContinuable())
            return false;
        Stop(StopReason.HandedOver);
        return true;
    }

    /// <summary>Links the trace of a request that views the stream to the trace of the generation.</summary>
    public void LinkFrom(Activity? request) => _telemetry.LinkFrom(request);

    /// <summary>
    /// Lets another request use the stream; false if the generation stops or has ended. The caller must be registered as a viewer before
    /// the call, so that the grace can't elapse in between.
    /// </summary>
    public bool TryJoin(bool continueUnviewed) => _stopReason is StopReason.None && _grace.TryJoin(continueUnviewed);

    /// <summary>To be called when the number of viewers has changed, on this node or on another one.</summary>
    public void ViewersChanged()
    {
        _grace.ViewersChanged();
        _viewerWait?.ViewersChanged();
    }

    /// <summary>Runs to the terminal event. Called once. Never throws.</summary>
    public async Task RunAsync()
    {
        _telemetry.Begin();
        // The request that started the generation continues at once, and shows it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        InterruptibleEnumerator<GeneratedText>? texts = null;
        GenerationEnding ending;
        try
        {
            if (_viewerWait is not null)
                await _viewerWait.WaitAsync(_stopping.Token);
            texts = new InterruptibleEnumerator<GeneratedText>(Generate(), _services.Time, _stopping.Token);
            ending = await _pump.RunAsync(texts);
            // A stop may have come first.
            if (ending is GenerationEnding.HandedOver && Stop(StopReason.HandedOver) is var reason and not StopReason.HandedOver)
                ending = new GenerationEnding.Stopped(reason);
        }
        // A stopped generator may throw anything, such as the error of a connection that it closed.
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            ending = _stopReason is StopReason.HandedOver ? new GenerationEnding.HandedOver() : new GenerationEnding.Stopped(_stopReason);
        }
        catch (GenerationFailedException exception)
        {
            // The problem type says what happened; only an inner exception has a stack worth logging.
            GenerationLog.SourceFailed(_services.Logger, exception.InnerException, StreamId, Source, exception.ProblemType);
            ending = new GenerationEnding.Failed(exception.ProblemType, exception.Title, exception.Detail);
        }
        catch (Exception exception)
        {
            GenerationLog.GenerationFaulted(_services.Logger, exception, StreamId, Source);
            ending = new GenerationEnding.Failed(ProblemTypes.SourceFailed, "The source failed.",
                "The source of this text ended with an unexpected error. The text up to here is complete.");
        }

        await CloseAsync(ending);
        _telemetry.End();
        await EndGeneratorAsync(texts);
        _telemetry.Released();
        _released.SetResult();
    }

    private IAsyncEnumerable<GeneratedText> Generate()
    {
        if (_start is not { Interrupted: { } interrupted, Generator: IResumableGenerator resumable })
            return _start.Generator.GenerateAsync(_start.Request, _stopping.Token);
        GenerationLog.Continued(_services.Logger, StreamId, Source, _appender.Segments, _appender.Characters);
        return interrupted.HasState
            ? resumable.ContinueAsync(
                _start.Request, interrupted.CreatePoint(new EventStreamReader(_services.Store, _services.Signal, _services.Time)), _stopping.Token)
            : resumable.GenerateAsync(_start.Request, _stopping.Token);
    }

    private async Task CloseAsync(GenerationEnding ending)
    {
        try
        {
            if ((ending is GenerationEnding.HandedOver ? await HandOverAsync() : ending) is { } last)
                await AppendTerminalAsync(last);
        }
        catch (Exception exception)
        {
            GenerationLog.NotClosed(_services.Logger, exception, StreamId);
        }
        finally
        {
            _grace.Dispose();
            _appender.Dispose();
            _ended.SetResult();
        }
    }

    /// <summary>
    /// Appends what the generator has produced, with its checkpoint, and gives the stream away. Returns how the stream ends here if that is
    /// not possible. If the store is unavailable, the stream is taken over when the lease of this node has ended.
    /// </summary>
    private async Task<GenerationEnding?> HandOverAsync()
    {
        var ending = await _appender.RepeatAppendAsync();
        if (ending is null && _checkpoints is not { IsContinuable: true })
            return new GenerationEnding.Stopped(StopReason.Interrupted);
        ending ??= await _appender.AppendAsync();
        if (ending is not (null or GenerationEnding.Failed))
            return ending;
        if (ending is null && await TryGiveAwayAsync())
            GenerationLog.HandedOver(_services.Logger, StreamId, Source, _appender.Segments, _appender.Characters);
        else
            GenerationLog.NotHandedOver(_services.Logger, StreamId);
        _telemetry.HandedOver();
        await InformNextOwnerAsync();
        return null;
    }

    private async Task<bool> TryGiveAwayAsync()
    {
        try
        {
            await _services.Cluster.HandOverAsync(StreamId, CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Passes on what only this node knows: its viewers, and a stop that was requested here meanwhile.</summary>
    private async Task InformNextOwnerAsync()
    {
        // From now on each change of the viewers is reported.
        HasOtherOwner = true;
        try
        {
            if (_services.Viewers.Count(StreamId) is var count and > 0)
                await _services.Cluster.ReportViewersAsync(StreamId, count, CancellationToken.None);
            if (_stopReason is StopReason.Requested)
                await _services.Cluster.RequestStopAsync(StreamId, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            GenerationLog.NextOwnerNotInformed(_services.Logger, StreamId);
        }
    }

    private async Task AppendTerminalAsync(GenerationEnding ending)
    {
        ending = await _appender.RepeatAppendAsync() ?? ending;
        // Held-back text is kept however the generation ended. Only at a limit the text before it is missing, so it would leave a hole.
        if (ending is not GenerationEnding.Stopped { Reason: StopReason.Limit }
            && !_appender.TryAdd(_shaper.Flush()) && ending is GenerationEnding.Completed)
            ending = new GenerationEnding.Stopped(StopReason.Limit);

        if (await _appender.AppendTerminalAsync(ending) is not { } terminal)
        {
            GenerationLog.Lost(_services.Logger, StreamId);
            await InformNextOwnerAsync();
            return;
        }
        var reason = EventData.ReadReason(terminal);
        GenerationLog.Ended(_services.Logger, StreamId, Source, terminal.Kind, reason, _appender.Segments, _appender.Characters);
        _telemetry.Closed(terminal.Kind, reason, _appender.Segments, _appender.Characters);
    }

    private async Task EndGeneratorAsync(InterruptibleEnumerator<GeneratedText>? texts)
    {
        try
        {
            // The enumerator is disposed even if a callback that the generator registered throws.
            await using (texts)
                await _stopping.CancelAsync();
        }
        catch (Exception exception)
        {
            GenerationLog.CleanUpFailed(_services.Logger, exception, StreamId, Source);
        }
    }
}
