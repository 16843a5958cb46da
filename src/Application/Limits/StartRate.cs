using System.Threading.RateLimiting;

namespace SseStreaming.Application.Limits;

/// <summary>Limits how many generations a client starts per minute. After a minute without a start it may start that many at once.</summary>
internal sealed class StartRate : IDisposable
{
    /// <summary>Clients share a fixed number of buckets by a hash that is seeded per process, so a flood of client names can't exhaust the memory.</summary>
    private const int DefaultBuckets = 65_536;

    private readonly PartitionedRateLimiter<string>? _limiter;

    /// <param name="perMinute">Starts per minute and client; zero: no limit.</param>
    /// <param name="buckets">Number of token buckets that clients share.</param>
    public StartRate(int perMinute, int buckets = DefaultBuckets)
    {
        if (perMinute == 0)
            return;
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = perMinute,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
            // The partitioned limiter replenishes all buckets, and drops the full ones.
            AutoReplenishment = false,
        };
        _limiter = PartitionedRateLimiter.Create<string, uint>(client => RateLimitPartition.GetTokenBucketLimiter(
            (uint)StringComparer.Ordinal.GetHashCode(client) % (uint)buckets, _ => bucket));
    }

    /// <summary>Counts a start. The result is null if it is allowed, else the time until the next one is.</summary>
    public TimeSpan? TryStart(string client)
    {
        if (_limiter is null)
            return null;
        using var lease = _limiter.AttemptAcquire(client);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
    }

    public void Dispose() => _limiter?.Dispose();
}
