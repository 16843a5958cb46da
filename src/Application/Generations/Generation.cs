using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Telemetry;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>One run of a generator, which appends its text to one stream and closes the stream with exactly one terminal event.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer needs no disposal, and may be cancelled at any time.")]
internal sealed class Generation
{
    /// <summary>How long a generator is silent before held-back text is shown.</summary>
    private static readonly TimeSpan HeldTextDelay = TimeSpan.FromMilliseconds(150);

    private readonly ITextGenerator _generator;
    private readonly GenerationRequest _request;
    private readonly GenerationServices _services;
    private readonly GenerationTelemetry _telemetry;
    private readonly StreamAppender _appender;
    private readonly GracePeriod _grace;
    private readonly SegmentShaper _shaper = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StopReason _stopReason;
    private GenerationFinish _finish = GenerationFinish.Stop;

    public Generation(
        StreamId streamId, ITextGenerator generator, GenerationRequest request, bool continueUnviewed, GenerationServices services)
    {
        StreamId = streamId;
        _generator = generator;
        _request = request;
        _services = services;
        _telemetry = new GenerationTelemetry(streamId, generator.Source.Name, services.Metrics, services.Time);
        _appender = new StreamAppender(streamId, generator.Source.KeepsEvents, services, _telemetry);
        _grace = new GracePeriod(streamId, continueUnviewed, services, abandon: () => Stop(StopReason.Abandoned));
    }

    public StreamId StreamId { get; }

    /// <summary>True if the source has no end of its own.</summary>
    public bool IsEndless => _generator.Source.KeepsEvents is not null;

    /// <summary>Completes when the stream is closed, or belongs to another node.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the generator has been disposed, too.</summary>
    public Task Released => _released.Task;

    /// <summary>Stops the generation at once. The first stop reason wins.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _stopReason, reason, StopReason.None) is not StopReason.None)
            return;
        if (reason is StopReason.Interrupted)
            _appender.StopRetrying();
        // Callbacks that the generator registered must not run on the caller's stack.
        _ = _stopping.CancelAsync();
    }

    /// <summary>Links the trace of a request that views the stream to the trace of the generation.</summary>
    public void LinkFrom(Activity? request) => _telemetry.LinkFrom(request);

    /// <summary>
    /// Lets another request use the stream; false if the generation stops or has ended. The caller must be registered as a viewer before
    /// the call, so that the grace can't elapse in between.
    /// </summary>
    public bool TryJoin(bool continueUnviewed) => _stopReason is StopReason.None && _grace.TryJoin(continueUnviewed);

    /// <summary>To be called when the number of viewers has changed, on this node or on another one.</summary>
    public void ViewersChanged() => _grace.ViewersChanged();

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
            texts = new InterruptibleEnumerator<GeneratedText>(
                _generator.GenerateAsync(_request, _stopping.Token), _services.Time, _stopping.Token);
            ending = await PumpAsync(texts);
        }
        // A stopped generator may throw anything, such as the error of a connection that it closed.
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            ending = new GenerationEnding.Stopped(_stopReason);
        }
        catch (GenerationFailedException exception)
        {
            // The problem type says what happened; only an inner exception has a stack worth logging.
            GenerationLog.SourceFailed(_services.Logger, exception.InnerException, StreamId, _generator.Source.Name, exception.ProblemType);
            ending = new GenerationEnding.Failed(exception.ProblemType, exception.Title, exception.Detail);
        }
        catch (Exception exception)
        {
            GenerationLog.GenerationFaulted(_services.Logger, exception, StreamId, _generator.Source.Name);
            ending = new GenerationEnding.Failed(ProblemTypes.SourceFailed, "The source failed.",
                "The source of this text ended with an unexpected error. The text up to here is complete.");
        }

        await CloseAsync(ending);
        _telemetry.End();
        await EndGeneratorAsync(texts);
        _telemetry.Released();
        _released.SetResult();
    }

    private async Task<GenerationEnding> PumpAsync(InterruptibleEnumerator<GeneratedText> texts)
    {
        var hasText = false;
        while (true)
        {
            var gathered = Gather(texts, hasText, out var move);
            if (gathered is Gathered.AtLimit)
                return new GenerationEnding.Stopped(StopReason.Limit);
            if (gathered is Gathered.Finished)
                return new GenerationEnding.Completed(_finish);
            if (await _appender.AppendAsync() is { } ending)
                return ending;

            hasText = gathered is Gathered.Waiting;
            if (!hasText)
            {
                // A generator that never waits must leave threads to its viewers.
                await Task.Yield();
                continue;
            }
            if (_shaper.HoldsShowableText)
                texts.PauseAfter(HeldTextDelay);
            var hasMoved = await move;
            if (texts.IsPaused)
            {
                if (!_appender.TryAdd(_shaper.Release()))
                    return new GenerationEnding.Stopped(StopReason.Limit);
                if (await _appender.AppendAsync() is { } endingOfHeldText)
                    return endingOfHeldText;
                hasMoved = await texts.ResumeAsync();
            }
            if (!hasMoved)
                return new GenerationEnding.Completed(_finish);
        }
    }

    /// <summary>Takes all text that is available without a wait. It is synchronous, because async steps would cost more than most segments.</summary>
    /// <param name="texts">The text of the generator.</param>
    /// <param name="hasText">True if the last move was awaited and has text.</param>
    /// <param name="move">The move to await if the result is <see cref="Gathered.Waiting"/>.</param>
    private Gathered Gather(InterruptibleEnumerator<GeneratedText> texts, bool hasText, out ValueTask<bool> move)
    {
        move = default;
        while (true)
        {
            if (hasText)
            {
                var text = texts.Current;
                _finish = text.Finish ?? _finish;
                if (!_appender.TryAdd(_shaper.Shape(text.Text)))
                    return Gathered.AtLimit;
                if (_appender.IsBatchFull)
                    return Gathered.Batch;
            }
            var next = texts.MoveNextAsync();
            if (!next.IsCompleted)
            {
                move = next;
                return Gathered.Waiting;
            }
            if (!next.GetAwaiter().GetResult())
                return Gathered.Finished;
            hasText = true;
        }
    }

    private async Task CloseAsync(GenerationEnding ending)
    {
        try
        {
            await AppendTerminalAsync(ending);
        }
        catch (Exception exception)
        {
            GenerationLog.NotClosed(_services.Logger, exception, StreamId);
        }
        finally
        {
            _grace.Dispose();
            _ended.SetResult();
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
            return;
        }
        var reason = EventData.ReadReason(terminal);
        GenerationLog.Ended(
            _services.Logger, StreamId, _generator.Source.Name, terminal.Kind, reason, _appender.Segments, _appender.Characters);
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
            GenerationLog.CleanUpFailed(_services.Logger, exception, StreamId, _generator.Source.Name);
        }
    }

    private enum Gathered
    {
        /// <summary>The generator has no more text without a wait.</summary>
        Waiting,

        /// <summary>The pending events are enough for one append; the generator may have more.</summary>
        Batch,
        Finished,
        AtLimit,
    }
}
