using System.Threading.RateLimiting;

namespace SseStreaming.Application.Limits;

/// <summary>How many generations a client may start in a minute; zero: no bound. All at once, if it did not start any for a minute.</summary>
internal sealed class StartRate : IDisposable
{
    private readonly PartitionedRateLimiter<string>? _limiter;

    /// <param name="perMinute">Starts per minute and client.</param>
    /// <param name="counts">
    /// Counts that are kept apart. A client has one of them by the hash of its name, which nobody outside of the process can
    /// compute: with a count for each client, whoever comes as a million clients would take the memory of a million counts.
    /// </param>
    public StartRate(int perMinute, int counts)
    {
        if (perMinute == 0)
            return;
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = perMinute,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
            // The partitioned limiter replenishes all of them, and forgets those that are full again.
            AutoReplenishment = false,
        };
        _limiter = PartitionedRateLimiter.Create<string, uint>(client => RateLimitPartition.GetTokenBucketLimiter(
            (uint)StringComparer.Ordinal.GetHashCode(client) % (uint)counts, _ => bucket));
    }

    /// <summary>Counts a start; null, or after what time there may be another.</summary>
    public TimeSpan? TryStart(string client)
    {
        if (_limiter is null)
            return null;
        using var lease = _limiter.AttemptAcquire(client);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
    }

    public void Dispose() => _limiter?.Dispose();
}
