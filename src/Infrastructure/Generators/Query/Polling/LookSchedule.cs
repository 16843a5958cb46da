using SseStreaming.Infrastructure.Generators.Query.LateRows;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>When one generation looks for rows, for late ones, and when it has run for as long as it may.</summary>
internal sealed class LookSchedule(QueryOptions options, RowBell? bell, TimeProvider time)
{
    private readonly long _begun = time.GetTimestamp();

    // Without a notification late rows are found within the window, be the interval as long as it likes.
    private readonly LookBackSchedule _lookBack = new(options.Interval < options.LateWindow ? options.Interval : options.LateWindow, time);

    private Task? _rung;
    private bool _wasRung;
    private long _looked;

    /// <summary>True if the generation has run for as long as it may.</summary>
    public bool IsOver => Left <= TimeSpan.Zero;

    private TimeSpan Left => options.MaxDuration > TimeSpan.Zero ? options.MaxDuration - time.GetElapsedTime(_begun) : TimeSpan.MaxValue;

    /// <summary>A look begins: what is notified from here on ends the wait after it.</summary>
    public void BeginLook()
    {
        _wasRung = _rung?.IsCompleted is true;
        _rung = bell?.Next;
        _looked = time.GetTimestamp();
    }

    /// <summary>True if late rows are to be looked for, too.</summary>
    /// <param name="found">Whether there were new rows.</param>
    /// <param name="unsettled">Rows below which there may be late ones.</param>
    public bool IsLookBackDue(bool found, int unsettled)
    {
        // If it was not new rows that were notified, it was late ones.
        if (_wasRung && !found)
            _lookBack.Ask();
        return unsettled > 0 && _lookBack.Wait <= TimeSpan.Zero;
    }

    public void BeginLookBack() => _lookBack.Begin();

    public void EndLookBack() => _lookBack.End();

    /// <summary>Waits for the interval, a notification, or the end; but not for long where there may be more rows already.</summary>
    public async Task WaitAsync(bool mayHaveMore, int unsettled, CancellationToken cancellationToken)
    {
        var wait = (mayHaveMore ? options.MinInterval : options.Interval) - time.GetElapsedTime(_looked);
        wait = Least(wait, Left, unsettled > 0 ? _lookBack.Wait : TimeSpan.MaxValue);
        if (wait > TimeSpan.Zero && _rung is not null)
            await _rung.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        // However fast it is rung.
        var rest = options.MinInterval - time.GetElapsedTime(_looked);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, time, cancellationToken);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b, TimeSpan c) => TimeSpan.FromTicks(Math.Min(a.Ticks, Math.Min(b.Ticks, c.Ticks)));
}
