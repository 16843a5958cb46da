namespace SseStreaming.Application.Generations;

/// <summary>Moves the text of a generator to its stream, cut into segments.</summary>
/// <param name="shaper">Cuts the text.</param>
/// <param name="appender">Appends the segments.</param>
/// <param name="checkpoints">Records where the generation is; null if it can't be continued.</param>
/// <param name="checkpointTooLong">Called when the generator sets a checkpoint that is too long.</param>
internal sealed class TextPump(SegmentShaper shaper, StreamAppender appender, CheckpointRecorder? checkpoints, Action checkpointTooLong)
{
    /// <summary>How long a generator is silent before held-back text is shown.</summary>
    private static readonly TimeSpan HeldTextDelay = TimeSpan.FromMilliseconds(150);

    private GenerationFinish _finish = GenerationFinish.Stop;
    private volatile bool _isLeaving;

    /// <summary>Ends the run as handed over when the generation can be continued; true if it can be now.</summary>
    public bool LeaveWhenContinuable()
    {
        _isLeaving = true;
        return checkpoints is { IsContinuable: true };
    }

    /// <summary>Runs until the text or the stream ends, or the generation is handed over.</summary>
    public async Task<GenerationEnding> RunAsync(InterruptibleEnumerator<GeneratedText> texts)
    {
        var hasText = false;
        while (true)
        {
            var gathered = Gather(texts, hasText, out var move);
            if (gathered is Gathered.AtLimit)
                return new GenerationEnding.Stopped(StopReason.Limit);
            if (gathered is Gathered.Finished)
                return new GenerationEnding.Completed(_finish);
            if (await appender.AppendAsync() is { } ending)
                return ending;
            if (_isLeaving && checkpoints is { IsContinuable: true })
                return new GenerationEnding.HandedOver();

            hasText = gathered is Gathered.Waiting;
            if (!hasText)
            {
                // A generator that never waits must leave threads to its viewers.
                await Task.Yield();
                continue;
            }
            if (shaper.HoldsShowableText)
                texts.PauseAfter(HeldTextDelay);
            var hasMoved = await move;
            if (texts.IsPaused)
            {
                if (!appender.TryAdd(shaper.Release()))
                    return new GenerationEnding.Stopped(StopReason.Limit);
                if (await appender.AppendAsync() is { } endingOfHeldText)
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
                if (!appender.TryAdd(shaper.Shape(text.Text)))
                    return Gathered.AtLimit;
                if (checkpoints?.Record(text) is false)
                    checkpointTooLong();
                if (appender.IsBatchFull)
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
