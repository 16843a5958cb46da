using SseStreaming.Infrastructure.Generators.Query.LateRows;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>When one generation looks for rows, for late ones, and when it has run for as long as it may.</summary>
internal sealed class PollSchedule(QueryOptions options, RowSignal? signal, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();

    // Without a notification late rows are found within the window, be the interval as long as it likes.
    private readonly LateRowSchedule _lateRows = new(options.Interval < options.LateWindow ? options.Interval : options.LateWindow, time);

    private Task? _notification;
    private bool _wasNotified;
    private long _polledAt;

    /// <summary>True if the generation has run for as long as it may.</summary>
    public bool HasExpired => Remaining <= TimeSpan.Zero;

    private TimeSpan Remaining => options.MaxDuration > TimeSpan.Zero ? options.MaxDuration - time.GetElapsedTime(_startedAt) : TimeSpan.MaxValue;

    /// <summary>A look begins: what is notified from here on ends the wait after it.</summary>
    public void BeginPoll()
    {
        _wasNotified = _notification?.IsCompleted is true;
        _notification = signal?.Next;
        _polledAt = time.GetTimestamp();
    }

    /// <summary>True if late rows are to be looked for, too.</summary>
    /// <param name="found">Whether there were new rows.</param>
    /// <param name="unsettled">Rows below which there may be late ones.</param>
    public bool IsLateRowScanDue(bool found, int unsettled)
    {
        // If it was not new rows that were notified, it was late ones.
        if (_wasNotified && !found)
            _lateRows.RequestScan();
        return unsettled > 0 && _lateRows.Wait <= TimeSpan.Zero;
    }

    public void BeginLateRowScan() => _lateRows.BeginScan();

    public void EndLateRowScan() => _lateRows.EndScan();

    /// <summary>Waits for the interval, a notification, or the end; but not for long where there may be more rows already.</summary>
    public async Task WaitAsync(bool mayHaveMore, int unsettled, CancellationToken cancellationToken)
    {
        var wait = (mayHaveMore ? options.MinInterval : options.Interval) - time.GetElapsedTime(_polledAt);
        wait = Least(wait, Remaining, unsettled > 0 ? _lateRows.Wait : TimeSpan.MaxValue);
        if (wait > TimeSpan.Zero && _notification is not null)
            await _notification.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        // However fast it is rung.
        var rest = options.MinInterval - time.GetElapsedTime(_polledAt);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, time, cancellationToken);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b, TimeSpan c) => TimeSpan.FromTicks(Math.Min(a.Ticks, Math.Min(b.Ticks, c.Ticks)));
}
