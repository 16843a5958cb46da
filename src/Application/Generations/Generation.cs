using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>
/// One run of a generator, which pumps what it writes into the store and rings. However it goes, it closes the stream with
/// exactly one terminal event.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing, and may be cancelled at any time.")]
internal sealed partial class Generation
{
    /// <summary>What is appended at once when the generator is faster than the store: of words about 50 KB of frames.</summary>
    private const int BatchEvents = 1024;
    private const int BatchCharacters = 8 * 1024;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    private readonly ITextGenerator _generator;
    private readonly GenerationRequest _request;
    private readonly GenerationServices _services;
    private readonly RollingWindow? _rolling;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SegmentShaper _shaper = new();
    private readonly GenerationTelemetry _telemetry;
    private readonly Lock _graceGate = new();
    private ITimer? _grace;
    private bool _continueUnviewed;
    private int _stopCause;
    private long _next;
    private long _segments;
    private long _characters;
    private EventPage? _pending;
    private int _pendingCharacters;
    private bool _pendingTried;
    private GenerationFinish _finish = GenerationFinish.Stop;

    public Generation(
        StreamId streamId, long last, ITextGenerator generator, GenerationRequest request, bool continueUnviewed, GenerationServices services)
    {
        StreamId = streamId;
        _next = last + 1;
        _generator = generator;
        _request = request;
        _continueUnviewed = continueUnviewed;
        _services = services;
        _telemetry = new GenerationTelemetry(streamId, generator.Source.Name, services.Metrics, services.Time);
        if (generator.Source.KeepsEvents is { } events)
            _rolling = new RollingWindow(Math.Min(events, services.Options.MaxEventsPerStream), services.Options.MaxCharactersPerStream);
    }

    public StreamId StreamId { get; }

    /// <summary>True if it has no end of its own, and rolls on.</summary>
    public bool IsEndless => _rolling is not null;

    private TimeSpan Patience => _services.Options.StorePatience;

    /// <summary>Completes when the stream is closed (or is another's by now).</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the generator has let go, too.</summary>
    public Task Released => _released.Task;

    /// <summary>Stops the generation at once; the first cause is the one that is told.</summary>
    public void Stop(StopReason reason) => Stop((StopCause)(reason + 1));

    /// <summary>Has the trace of a request that views the stream lead to that of the generation.</summary>
    public void LinkFrom(Activity? request) => _telemetry.LinkFrom(request);

    /// <summary>Ends the generation because this server goes away.</summary>
    public void Interrupt() => Stop(StopCause.Interrupted);

    /// <summary>
    /// True if the generation goes on, so that another request may have its stream. Whoever asks must be counted as a viewer
    /// already: then the grace can't run out in between.
    /// </summary>
    public bool TryJoin(bool continueUnviewed)
    {
        lock (_graceGate)
        {
            if (_stopCause != 0 || _ended.Task.IsCompleted)
                return false;
            _continueUnviewed |= continueUnviewed;
            return true;
        }
    }

    /// <summary>Looks at the number of viewers anew: the last one's leaving starts the grace, anyone's coming ends it.</summary>
    public void ViewersChanged()
    {
        lock (_graceGate)
        {
            if (_continueUnviewed || _ended.Task.IsCompleted)
                return;
            if (_services.Viewers.Count(StreamId) > 0)
            {
                _grace?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            _grace ??= _services.Time.CreateTimer(
                static self => _ = ((Generation)self!).GraceOverAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _grace.Change(_services.Options.Grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Runs to the terminal event. Called once. Never throws.</summary>
    public async Task RunAsync()
    {
        _telemetry.Begin();
        // The request that began the generation goes on to show it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        InterruptibleEnumerator<GeneratedText>? texts = null;
        Ending ending;
        try
        {
            texts = new InterruptibleEnumerator<GeneratedText>(_generator.GenerateAsync(_request, _stopping.Token), _stopping.Token);
            ending = await PumpAsync(texts);
        }
        // Whatever a generator answers to its stop, be it a fault of a connection that it closed.
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            ending = Ending.Cut;
        }
        catch (GenerationFailedException exception)
        {
            // The type says what it was; a stack only of what was caught, if anything.
            Log.SourceFailed(_services.Logger, exception.InnerException, StreamId, _generator.Source.Name, exception.ProblemType);
            ending = Ending.Failed(exception.ProblemType, exception.Title, exception.Detail);
        }
        catch (Exception exception)
        {
            Log.GenerationFaulted(_services.Logger, exception, StreamId, _generator.Source.Name);
            ending = Ending.Failed(ProblemTypes.SourceFailed, "The source failed.",
                "The source of this text ended with an unexpected error. The text up to here is complete.");
        }

        await CloseAsync(ending);
        _telemetry.End();
        await EndGeneratorAsync(texts);
        _telemetry.Released();
        _released.SetResult();
    }

    private async Task<Ending> PumpAsync(InterruptibleEnumerator<GeneratedText> texts)
    {
        var hasText = false;
        while (true)
        {
            // What is at hand is gathered; before a wait it is shown.
            var gathered = Gather(texts, hasText, out var move);
            if (gathered is Gathered.AtBound)
                return Ending.Stopped(StopReason.Limit);
            if (gathered is Gathered.Finished)
                return Ending.Completed(_finish);
            if (await AppendPendingAsync(Patience) is { } cutShort)
                return cutShort;

            hasText = gathered is Gathered.Waiting;
            if (!hasText)
                // A generator that never waits shares the threads with its viewers.
                await Task.Yield();
            else if (!await move)
                return Ending.Completed(_finish);
        }
    }

    /// <summary>Takes what the generator has at hand: in one go, as steps of an async method would cost more than most segments.</summary>
    /// <param name="texts">What the generator writes.</param>
    /// <param name="hasText">True if its last move was waited for, and brought something.</param>
    /// <param name="move">To be waited for if the result is <see cref="Gathered.Waiting"/>.</param>
    private Gathered Gather(InterruptibleEnumerator<GeneratedText> texts, bool hasText, out ValueTask<bool> move)
    {
        move = default;
        while (true)
        {
            if (hasText)
            {
                var text = texts.Current;
                _finish = text.Finish ?? _finish;
                if (!TryAdd(_shaper.Shape(text.Text)))
                    return Gathered.AtBound;
                if (_pending?.Count >= BatchEvents || _pendingCharacters >= BatchCharacters)
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

    /// <summary>Puts a segment with those that wait to be appended; false if that would pass a bound of the stream.</summary>
    private bool TryAdd(string segment)
    {
        if (segment.Length == 0)
            return true;
        var pending = Pending();
        var sequence = _next + pending.Count;
        // Of a rolling stream the oldest events go instead, but one segment must still fit.
        var characters = _rolling is null ? _characters + _pendingCharacters : 0;
        if ((_rolling is null && sequence >= _services.Options.MaxEventsPerStream)
            || characters + segment.Length > _services.Options.MaxCharactersPerStream)
            return false;
        pending.AddSegment(segment);
        _pendingCharacters += segment.Length;
        return true;
    }

    /// <summary>Appends what waits, and rings. The result is null if the generation can go on.</summary>
    private async ValueTask<Ending?> AppendPendingAsync(TimeSpan patience)
    {
        if (_pending is not { Count: > 0 } pending)
            return null;
        var batch = pending.All;
        _pendingTried = true;
        var appended = await AppendAsync(batch, patience);
        if (appended is not { } result)
        {
            // What was tried stays pending: the outcome is not known, and only the very same batch can be tried again.
            return Ending.Failed(ProblemTypes.StoreFailed, "The text could not be stored.",
                "The server could not store more of this text. The text up to here is complete.");
        }
        switch (result)
        {
            case AppendResult.Appended:
                var (count, segments) = (batch.Count, batch.Segments.Count);
                var before = _rolling?.Appended(batch.Last, _pendingCharacters);
                _next = batch.Last + 1;
                _segments += segments;
                _characters += _pendingCharacters;
                DropPending();
                _services.Signal.Notify(StreamId);
                _telemetry.Shown(count, segments);
                if (before is { } first)
                    await TrimAsync(first);
                return null;
            case AppendResult.Full:
                DropPending();
                return Ending.Stopped(StopReason.Limit);
            default:
                DropPending();
                return Ending.Lost;
        }
    }

    private async ValueTask TrimAsync(long before)
    {
        try
        {
            await _services.Store.TrimAsync(StreamId, before, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Nothing is lost by keeping too much for a while: the next trim drops it, too.
            Log.TrimFailed(_services.Logger, exception, StreamId);
        }
    }

    private EventPage Pending() => _pending ??= EventPagePool.Rent(StreamId, _next);

    /// <summary>Forgets what was pending: it is appended, or it was not shown to anybody.</summary>
    private void DropPending()
    {
        if (_pending is not null)
            EventPagePool.Return(_pending);
        _pending = null;
        _pendingCharacters = 0;
        _pendingTried = false;
    }

    private async Task CloseAsync(Ending ending)
    {
        try
        {
            if (ending.Kind is not EndingKind.Lost)
                await AppendTerminalAsync(ending);
        }
        catch (Exception exception)
        {
            Log.NotClosed(_services.Logger, exception, StreamId);
        }
        finally
        {
            lock (_graceGate)
            {
                _ended.SetResult();
                _grace?.Dispose();
            }
        }
    }

    private async Task AppendTerminalAsync(Ending ending)
    {
        // Closing has no end of patience: a stream that stays open would be waited for. What was not tried yet goes with the end.
        if (_pendingTried && await AppendPendingAsync(Timeout.InfiniteTimeSpan) is { } cutShort)
            ending = cutShort;
        // What the generator gave is kept, however it ended; only at a bound what was held back would leave a hole before it.
        if (ending.Kind is not EndingKind.Stopped && !TryAdd(_shaper.Flush()) && ending.Kind is EndingKind.Completed)
            ending = Ending.Stopped(StopReason.Limit);

        if (ending.Kind is not EndingKind.Lost)
        {
            var terminal = CreateTerminalEvent(ending);
            Pending().Add(terminal.Kind, terminal.Data.Span);
            if (await AppendPendingAsync(Timeout.InfiniteTimeSpan) is null)
            {
                var reason = EventData.ReadReason(terminal);
                Log.Ended(_services.Logger, StreamId, _generator.Source.Name, terminal.Kind, reason, _segments, _characters);
                _telemetry.Closed(terminal.Kind, reason, _segments, _characters);
                return;
            }
        }
        Log.Lost(_services.Logger, StreamId);
    }

    /// <summary>Appends, again and again while the store can't; null if that lasted longer than the patience.</summary>
    private async ValueTask<AppendResult?> AppendAsync(EventBatch batch, TimeSpan patience)
    {
        var begun = _services.Time.GetTimestamp();
        for (var wait = FirstRetry; ; wait = wait * 2 < LastRetry ? wait * 2 : LastRetry)
        {
            var tried = _telemetry.BeginAppend();
            try
            {
                var result = await _services.Store.AppendAsync(batch, CancellationToken.None);
                _telemetry.EndAppend(tried, result);
                return result;
            }
            catch (StoreUnavailableException exception)
            {
                _telemetry.EndAppend(tried, result: null);
                Log.StoreUnavailable(_services.Logger, StreamId, exception.Message);
            }
            // A server that goes away leaves the stream to the one that comes after it.
            if (_stopCause == (int)StopCause.Interrupted
                || (patience != Timeout.InfiniteTimeSpan && _services.Time.GetElapsedTime(begun) >= patience))
                return null;
            await Task.Delay(wait * (0.5 + Random.Shared.NextDouble()), _services.Time, CancellationToken.None);
        }
    }

    private StreamEvent CreateTerminalEvent(Ending ending)
    {
        var segments = _segments + (_pending?.Count ?? 0);
        var characters = _characters + _pendingCharacters;
        return ending.Kind switch
        {
            EndingKind.Completed => EventData.Completed(segments, characters, ending.Finish!),
            EndingKind.Stopped => EventData.Stopped(segments, characters, ending.Reason),
            EndingKind.Cut when _stopCause != (int)StopCause.Interrupted =>
                EventData.Stopped(segments, characters, (StopReason)(_stopCause - 1)),
            EndingKind.Cut => EventData.Interrupted(segments, characters),
            _ => EventData.Failed(segments, characters, ending.Problem.Type, ending.Problem.Title, ending.Problem.Detail),
        };
    }

    private async Task EndGeneratorAsync(InterruptibleEnumerator<GeneratedText>? texts)
    {
        try
        {
            // Disposed also if something that the generator registered answers with an exception.
            await using (texts)
                await _stopping.CancelAsync();
        }
        catch (Exception exception)
        {
            Log.CleanUpFailed(_services.Logger, exception, StreamId, _generator.Source.Name);
        }
    }

    private void Stop(StopCause cause)
    {
        if (Interlocked.CompareExchange(ref _stopCause, (int)cause, 0) == 0)
            // Whatever the generator registered does not run on the caller's stack.
            _ = _stopping.CancelAsync();
    }

    private async Task GraceOverAsync()
    {
        if (_services.Viewers.Count(StreamId) > 0)
            return;
        var elsewhere = true;
        try
        {
            elsewhere = await _services.Cluster.CountViewersElsewhereAsync(StreamId, CancellationToken.None) > 0;
        }
        catch (StoreUnavailableException exception)
        {
            Log.StoreUnavailable(_services.Logger, StreamId, exception.Message);
        }
        lock (_graceGate)
        {
            if (_ended.Task.IsCompleted || _continueUnviewed || _services.Viewers.Count(StreamId) > 0)
                return;
            if (!elsewhere)
                Stop(StopReason.Abandoned);
            else
                // Viewers elsewhere are not heard of when they leave with their whole node, so they are looked for again.
                _grace!.Change(_services.Options.Lease, Timeout.InfiniteTimeSpan);
        }
    }

    private enum StopCause
    {
        None = 0,
        Requested = StopReason.Requested + 1,
        Abandoned = StopReason.Abandoned + 1,
        Limit = StopReason.Limit + 1,
        Interrupted,
    }

    private enum Gathered
    {
        /// <summary>The generator has no more at hand.</summary>
        Waiting,

        /// <summary>The generator may have more at hand, but this is enough for once.</summary>
        Batch,
        Finished,
        AtBound,
    }

    private enum EndingKind
    {
        Completed,
        Stopped,

        /// <summary>Somebody cancelled; the cause says who.</summary>
        Cut,
        Failed,

        /// <summary>The stream is no longer this generation's to write.</summary>
        Lost,
    }

    private readonly record struct Ending(EndingKind Kind)
    {
        public GenerationFinish? Finish { get; private init; }

        public StopReason Reason { get; private init; }

        public (string Type, string Title, string Detail) Problem { get; private init; }

        public static Ending Cut => new(EndingKind.Cut);

        public static Ending Lost => new(EndingKind.Lost);

        public static Ending Completed(GenerationFinish finish) => new(EndingKind.Completed) { Finish = finish };

        public static Ending Stopped(StopReason reason) => new(EndingKind.Stopped) { Reason = reason };

        public static Ending Failed(string type, string title, string detail) => new(EndingKind.Failed) { Problem = (type, title, detail) };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Generation {StreamId} of {Source} ended: {Kind} ({Reason}), {Segments} segments, {Characters} characters")]
        public static partial void Ended(
            ILogger logger, StreamId streamId, string source, EventKind kind, string? reason, long segments, long characters);

        [LoggerMessage(2, LogLevel.Warning, "Generation {StreamId}: the source {Source} failed ({ProblemType})")]
        public static partial void SourceFailed(ILogger logger, Exception? exception, StreamId streamId, string source, string problemType);

        [LoggerMessage(3, LogLevel.Error, "Generation {StreamId}: unexpected error in the source {Source}")]
        public static partial void GenerationFaulted(ILogger logger, Exception exception, StreamId streamId, string source);

        [LoggerMessage(4, LogLevel.Error, "Generation {StreamId}: its stream could not be closed")]
        public static partial void NotClosed(ILogger logger, Exception exception, StreamId streamId);

        [LoggerMessage(5, LogLevel.Warning, "Generation {StreamId}: its stream was closed or taken over by another")]
        public static partial void Lost(ILogger logger, StreamId streamId);

        [LoggerMessage(7, LogLevel.Warning, "Generation {StreamId} waits for the store: {Reason}")]
        public static partial void StoreUnavailable(ILogger logger, StreamId streamId, string reason);

        [LoggerMessage(6, LogLevel.Warning, "Generation {StreamId}: the source {Source} failed to clean up")]
        public static partial void CleanUpFailed(ILogger logger, Exception exception, StreamId streamId, string source);

        [LoggerMessage(8, LogLevel.Warning, "Generation {StreamId}: the oldest events of its stream could not be dropped")]
        public static partial void TrimFailed(ILogger logger, Exception exception, StreamId streamId);
    }
}
