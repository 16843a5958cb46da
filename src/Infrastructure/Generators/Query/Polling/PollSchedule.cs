using SseStreaming.Infrastructure.Generators.Query.Databases;
using SseStreaming.Infrastructure.Generators.Query.LateRows;

namespace SseStreaming.Infrastructure.Generators.Query.Polling;

/// <summary>Decides when one generation reads new rows and scans for late ones, and when it has reached its maximum duration.</summary>
internal sealed class PollSchedule(QueryOptions options, RowSignal? signal, DateTimeOffset startedAt, TimeProvider time)
{
    /// <summary>Limits the reads when rows or notifications arrive faster.</summary>
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan _minInterval = options.Interval < MinInterval ? options.Interval : MinInterval;

    // A continued generation has been running on another node.
    private readonly TimeSpan _remainingAtCreation = options.MaxDuration - (time.GetUtcNow() - startedAt);
    private readonly long _createdAt = time.GetTimestamp();

    // Late rows without a notification are found within the window, even if the interval is longer.
    private readonly LateRowSchedule _lateRows = new(options.Interval < options.LateWindow ? options.Interval : options.LateWindow, time);

    private Task? _notification;
    private bool _wasNotified;
    private long _polledAt;

    /// <summary>True if the generation has reached its maximum duration.</summary>
    public bool HasExpired => Remaining <= TimeSpan.Zero;

    private TimeSpan Remaining => options.MaxDuration > TimeSpan.Zero ? _remainingAtCreation - time.GetElapsedTime(_createdAt) : TimeSpan.MaxValue;

    /// <summary>Begins a read. A notification from now on ends the wait after it.</summary>
    public void BeginPoll()
    {
        _wasNotified = _notification?.IsCompleted is true;
        _notification = signal?.Next;
        _polledAt = time.GetTimestamp();
    }

    /// <summary>True if it is time to scan for late rows.</summary>
    /// <param name="found">True if there were new rows.</param>
    /// <param name="needsScan">True if late rows may still appear.</param>
    public bool IsLateRowScanDue(bool found, bool needsScan)
    {
        // A notification without new rows was sent for late ones.
        if (_wasNotified && !found)
            _lateRows.RequestScan();
        return needsScan && _lateRows.TimeUntilScan <= TimeSpan.Zero;
    }

    public void BeginLateRowScan() => _lateRows.BeginScan();

    public void EndLateRowScan() => _lateRows.EndScan();

    /// <summary>Waits for the interval, a notification, the next scan or the maximum duration; only a short pause if there may be more rows.</summary>
    public async Task WaitAsync(bool mayHaveMore, bool needsScan, CancellationToken cancellationToken)
    {
        var wait = (mayHaveMore ? _minInterval : options.Interval) - time.GetElapsedTime(_polledAt);
        wait = Min(wait, Remaining, needsScan ? _lateRows.TimeUntilScan : TimeSpan.MaxValue);
        if (wait > TimeSpan.Zero && _notification is not null)
            await _notification.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var rest = _minInterval - time.GetElapsedTime(_polledAt);
        if (rest > TimeSpan.Zero)
            await Task.Delay(rest, time, cancellationToken);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b, TimeSpan c) => TimeSpan.FromTicks(Math.Min(a.Ticks, Math.Min(b.Ticks, c.Ticks)));
}
