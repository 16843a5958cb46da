using Microsoft.Extensions.Options;
using Npgsql;
using SseStreaming.Application;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

/// <summary>
/// How much there is in the database, and whether there is room for more. What this node writes counts at once; what the others
/// write counts from the next sweep on, or when it seems to be full here.
/// </summary>
internal sealed class PostgreSqlCapacity(PostgreSqlDatabase database, PostgreSqlRetentionStatements retention, IOptions<StreamsOptions> options, TimeProvider time)
    : IDisposable
{
    /// <summary>When it is full, and nothing could be dropped, how long that is believed before the database is asked again.</summary>
    private static readonly TimeSpan FullRecheckInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private long _bytes;
    private long _streams;
    private long _fullSince;
    private volatile bool _isCounted;
    private volatile bool _isFull;

    /// <summary>True if there is room for more events, or for another stream; closed streams go to make some, oldest first.</summary>
    public ValueTask<bool> HasCapacityAsync(bool forStream, CancellationToken cancellationToken) =>
        HasCapacity(forStream) ? new(true) : FreeCapacityAsync(forStream, cancellationToken);

    /// <summary>Counts what was written.</summary>
    public void Add(long bytes, int streams, bool isClosed)
    {
        Add(bytes, streams);
        // There is something to drop now.
        if (isClosed)
            _isFull = false;
    }

    /// <summary>Drops closed streams, oldest first, until the bounds hold. Returns how many.</summary>
    public async ValueTask<int> ShrinkAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await LoadAsync(cancellationToken);
            return await DropClosedAsync(forStream: false, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private bool HasCapacity(bool forStream) =>
        _isCounted && Excess is 0 && (!forStream || Volatile.Read(ref _streams) < options.Value.MaxStreams);

    /// <summary>Bytes that have to go before there is room.</summary>
    private long Excess => Math.Max(0, Volatile.Read(ref _bytes) - options.Value.MaxTotalBytes + 1);

    private async ValueTask<bool> FreeCapacityAsync(bool forStream, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (HasCapacity(forStream))
                return true;
            if (_isFull && time.GetElapsedTime(_fullSince) < FullRecheckInterval)
                return false;
            _fullSince = time.GetTimestamp();
            _isFull = true;
            await LoadAsync(cancellationToken);
            await DropClosedAsync(forStream, cancellationToken);
            if (!HasCapacity(forStream))
                return false;
            _isFull = false;
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<int> DropClosedAsync(bool forStream, CancellationToken cancellationToken)
    {
        var dropped = 0;
        while (!HasCapacity(forStream))
        {
            var streams = forStream ? Math.Clamp(Volatile.Read(ref _streams) - options.Value.MaxStreams + 1, 0, PostgreSqlRetentionStatements.MaxStreams) : 0;
            var (count, bytes) = await retention.DropClosedAsync(TimeSpan.Zero, (int)streams, Excess, cancellationToken);
            if (count == 0)
                break;
            Add(-bytes, -count);
            dropped += (int)count;
        }
        return dropped;
    }

    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        var (streams, bytes) = await database.RunAsync(LoadAsync, cancellationToken);
        Volatile.Write(ref _streams, streams);
        Volatile.Write(ref _bytes, bytes);
        _isCounted = true;
    }

    private static async ValueTask<(long Streams, long Bytes)> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command("select count(*), coalesce(sum(bytes), 0)::bigint from sse_streaming.streams");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private void Add(long bytes, long streams)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _streams, streams);
    }
}
