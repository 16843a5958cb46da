using Microsoft.Extensions.Logging;

namespace SseStreaming.Infrastructure.Stores;

/// <summary>
/// Logs that the database is unavailable: at most one line a second, however many calls fail, and one when it is available again. The
/// stores record each call here, so their callers log nothing.
/// </summary>
internal sealed partial class StoreOutageLog(TimeProvider time, ILogger<StoreOutageLog> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Time without a fault that ends an outage. Longer than a listener waits before it reconnects, whose faults may be the only ones.</summary>
    private static readonly TimeSpan QuietPeriod = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private volatile bool _isOutage;
    private long _began;
    private long _lastFault;
    private long? _recovered;
    private long? _lastLine;
    private int _omitted;

    /// <summary>Records a call that failed because the database is unavailable.</summary>
    public void RecordFault(string reason)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (!_isOutage)
                _began = now;
            _isOutage = true;
            _lastFault = now;
            _recovered = null;
            if (_lastLine is { } last && time.GetElapsedTime(last, now) < Interval)
            {
                _omitted++;
                return;
            }
            Log.Unavailable(logger, reason, _omitted);
            _lastLine = now;
            _omitted = 0;
        }
    }

    /// <summary>Records a call that the database answered.</summary>
    public void RecordSuccess()
    {
        if (!_isOutage)
            return;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _recovered ??= now;
            if (!_isOutage || time.GetElapsedTime(_lastFault, now) < QuietPeriod)
                return;
            _isOutage = false;
            Log.Available(logger, time.GetElapsedTime(_began, _recovered.Value).TotalSeconds, _omitted);
            _omitted = 0;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store is unavailable: {Reason} ({Omitted} more faults since the last line)")]
        public static partial void Unavailable(ILogger logger, string reason, int omitted);

        [LoggerMessage(2, LogLevel.Information, "The store is available again, after {Seconds:0.0} s ({Omitted} more faults since the last line)")]
        public static partial void Available(ILogger logger, double seconds, int omitted);
    }
}
