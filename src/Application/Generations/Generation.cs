using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>
/// One run of a generator, which pumps what it writes into the store and rings. However it goes, it closes the stream with
/// exactly one terminal event.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing, and may be cancelled at any time.")]
internal sealed partial class Generation
{
    /// <summary>What is appended at once when the generator is faster than the store: about a page.</summary>
    private const int BatchEvents = 256;
    private const int BatchBytes = 16 * 1024;

    private readonly ITextGenerator _generator;
    private readonly GenerationRequest _request;
    private readonly GenerationServices _services;
    private readonly bool _continueUnviewed;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SegmentShaper _shaper = new();
    private readonly EventPage _pending;
    private readonly Lock _graceGate = new();
    private ITimer? _grace;
    private int _stopCause;
    private long _segments;
    private long _characters;
    private int _pendingCharacters;

    public Generation(
        StreamId stream, long last, ITextGenerator generator, GenerationRequest request, bool continueUnviewed, GenerationServices services)
    {
        Stream = stream;
        _pending = new EventPage(stream, last + 1);
        _generator = generator;
        _request = request;
        _continueUnviewed = continueUnviewed;
        _services = services;
    }

    public StreamId Stream { get; }

    /// <summary>Completes when the stream is closed (or is another's by now).</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the generator has let go, too.</summary>
    public Task Released => _released.Task;

    /// <summary>Stops the generation at once; the first cause is the one that is told.</summary>
    public void Stop(StopReason reason) => Stop((StopCause)(reason + 1));

    /// <summary>Ends the generation because this server goes away.</summary>
    public void Interrupt() => Stop(StopCause.Interrupted);

    /// <summary>Looks at the number of viewers anew: the last one's leaving starts the grace, anyone's coming ends it.</summary>
    public void ViewersChanged()
    {
        if (_continueUnviewed)
            return;
        lock (_graceGate)
        {
            if (_ended.Task.IsCompleted)
                return;
            if (_services.Viewers.Of(Stream) > 0)
            {
                _grace?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            _grace ??= _services.Time.CreateTimer(
                static self => ((Generation)self!).GraceOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _grace.Change(_services.Options.Grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Runs to the terminal event. Called once. Never throws.</summary>
    public async Task RunAsync()
    {
        // The request that began the generation goes on to show it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        InterruptibleEnumerator<GeneratedText>? texts = null;
        Ending ending;
        try
        {
            texts = new InterruptibleEnumerator<GeneratedText>(_generator.GenerateAsync(_request, _stopping.Token), _stopping.Token);
            ending = await PumpAsync(texts);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            ending = Ending.Cut;
        }
        catch (GenerationFailedException exception)
        {
            Log.SourceFailed(_services.Logger, exception, Stream, _generator.Source.Name, exception.ProblemType);
            ending = Ending.Failed(exception.ProblemType, exception.Title, exception.Detail);
        }
        catch (Exception exception)
        {
            Log.GenerationFaulted(_services.Logger, exception, Stream, _generator.Source.Name);
            ending = Ending.Failed(ProblemTypes.SourceFailed, "The source failed.",
                "The source of this text ended with an unexpected error. The text up to here is complete.");
        }

        await CloseAsync(ending);
        await _stopping.CancelAsync();
        await EndGeneratorAsync(texts);
        _released.SetResult();
    }

    private async Task<Ending> PumpAsync(InterruptibleEnumerator<GeneratedText> texts)
    {
        var finish = GenerationFinish.Stop;
        while (true)
        {
            var move = texts.MoveNextAsync();
            // What is at hand is gathered; before a wait it is shown.
            if (!move.IsCompleted && await AppendPendingAsync() is { } cutShort)
                return cutShort;
            if (!await move)
                return Ending.Completed(finish);

            var text = texts.Current;
            finish = text.Finish ?? finish;
            if (!Take(_shaper.Shape(text.Text)))
                return Ending.Stopped(StopReason.Limit);
            if (_pending.Count < BatchEvents && _pending.FrameBytes < BatchBytes)
                continue;
            if (await AppendPendingAsync() is { } full)
                return full;
            // A generator that never waits shares the threads with its viewers.
            await Task.Yield();
        }
    }

    /// <summary>Puts a segment with those that wait to be appended; false if that would pass a bound of the stream.</summary>
    private bool Take(string segment)
    {
        if (segment.Length == 0)
            return true;
        var sequence = _pending.First + _pending.Count;
        if (sequence >= _services.Options.MaxEventsPerStream
            || _characters + _pendingCharacters + segment.Length > _services.Options.MaxCharactersPerStream)
            return false;
        _pending.AddSegment(segment);
        _pendingCharacters += segment.Length;
        return true;
    }

    /// <summary>Appends what waits, and rings. The result is null if the generation can go on.</summary>
    private async ValueTask<Ending?> AppendPendingAsync()
    {
        var batch = _pending.All;
        if (batch.IsEmpty)
            return null;
        AppendResult result;
        try
        {
            result = await _services.Store.AppendAsync(batch, CancellationToken.None);
        }
        catch (Exception exception)
        {
            Log.AppendFailed(_services.Logger, exception, Stream);
            return Ending.Failed(ProblemTypes.StoreFailed, "The text could not be stored.",
                "The server can't store more of this text at the moment. The text up to here is complete.");
        }
        switch (result)
        {
            case AppendResult.Appended:
                _segments += batch.Segments.Count;
                _characters += _pendingCharacters;
                _pendingCharacters = 0;
                _pending.Reset(batch.Last + 1);
                _services.Signal.Ring(Stream);
                return null;
            case AppendResult.Full:
                DropPending();
                return Ending.Stopped(StopReason.Limit);
            default:
                DropPending();
                return Ending.Lost;
        }
    }

    /// <summary>What was not appended was not shown to anybody.</summary>
    private void DropPending()
    {
        _pending.Reset(_pending.First);
        _pendingCharacters = 0;
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
            Log.NotClosed(_services.Logger, exception, Stream);
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
        // What the generator gave is kept, however it ended; only a full store is left with what it has.
        if (!Take(_shaper.Flush()) && ending.Kind is EndingKind.Completed)
            ending = Ending.Stopped(StopReason.Limit);
        if (await AppendPendingAsync() is { } cutShort)
            ending = cutShort;
        if (ending.Kind is EndingKind.Lost)
        {
            Log.Lost(_services.Logger, Stream);
            return;
        }

        var terminal = TerminalOf(ending);
        _pending.Add(terminal.Kind, terminal.Data.Span);
        if (await AppendPendingAsync() is null)
            Log.Ended(_services.Logger, Stream, _generator.Source.Name, terminal.Kind, EventData.ReasonOf(terminal), _segments, _characters);
        else
            Log.Lost(_services.Logger, Stream);
    }

    private StreamEvent TerminalOf(Ending ending) => ending.Kind switch
    {
        EndingKind.Completed => EventData.Completed(_segments, _characters, ending.Finish!),
        EndingKind.Stopped => EventData.Stopped(_segments, _characters, ending.Reason),
        EndingKind.Cut when _stopCause != (int)StopCause.Interrupted =>
            EventData.Stopped(_segments, _characters, (StopReason)(_stopCause - 1)),
        EndingKind.Cut => EventData.Failed(_segments, _characters, ProblemTypes.Interrupted, "The generation was interrupted.",
            "The server that generated this text went away. The text up to here is complete."),
        _ => EventData.Failed(_segments, _characters, ending.Problem.Type, ending.Problem.Title, ending.Problem.Detail),
    };

    private async Task EndGeneratorAsync(InterruptibleEnumerator<GeneratedText>? texts)
    {
        if (texts is null)
            return;
        try
        {
            await texts.DisposeAsync();
        }
        catch (Exception exception)
        {
            Log.CleanUpFailed(_services.Logger, exception, Stream, _generator.Source.Name);
        }
    }

    private void Stop(StopCause cause)
    {
        if (Interlocked.CompareExchange(ref _stopCause, (int)cause, 0) == 0)
            // Whatever the generator registered does not run on the caller's stack.
            _ = _stopping.CancelAsync();
    }

    private void GraceOver()
    {
        if (_services.Viewers.Of(Stream) == 0)
            Stop(StopReason.Abandoned);
    }

    private enum StopCause
    {
        None = 0,
        Requested = StopReason.Requested + 1,
        Abandoned = StopReason.Abandoned + 1,
        Limit = StopReason.Limit + 1,
        Interrupted,
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
        public static partial void SourceFailed(ILogger logger, Exception exception, StreamId streamId, string source, string problemType);

        [LoggerMessage(3, LogLevel.Error, "Generation {StreamId}: unexpected error in the source {Source}")]
        public static partial void GenerationFaulted(ILogger logger, Exception exception, StreamId streamId, string source);

        [LoggerMessage(4, LogLevel.Error, "Generation {StreamId}: its stream could not be closed")]
        public static partial void NotClosed(ILogger logger, Exception exception, StreamId streamId);

        [LoggerMessage(5, LogLevel.Warning, "Generation {StreamId}: its stream was closed or taken over by another")]
        public static partial void Lost(ILogger logger, StreamId streamId);

        [LoggerMessage(7, LogLevel.Error, "Generation {StreamId}: the store failed to append")]
        public static partial void AppendFailed(ILogger logger, Exception exception, StreamId streamId);

        [LoggerMessage(6, LogLevel.Warning, "Generation {StreamId}: the source {Source} failed to clean up")]
        public static partial void CleanUpFailed(ILogger logger, Exception exception, StreamId streamId, string source);
    }
}
