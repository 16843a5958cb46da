using Microsoft.Extensions.Options;
using Npgsql;
using SseStreaming.Application;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Retention;

/// <summary>
/// The size of the store, and whether it may grow. Writes of this node count at once; writes of other nodes count from the next sweep,
/// or from the moment when the store seems to be full.
/// </summary>
internal sealed class PostgreSqlCapacity(PostgreSqlDatabase database, IOptions<StreamsOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Bytes that a block takes beside its data, about: the row, and its entry in the index.</summary>
    public const int BlockOverhead = 100;

    /// <summary>Bytes that a stream takes beside its blocks, about: its row, and its entries in the indexes.</summary>
    public const int StreamOverhead = 512;

    /// <summary>How long a full store with nothing to drop is taken to be full before the database is queried again.</summary>
    private static readonly TimeSpan FullRecheckInterval = TimeSpan.FromSeconds(1);

    private readonly StreamsOptions _options = options.Value;
    private readonly SemaphoreSlim _gate = new(1);
    private long _bytes;
    private long _streams;
    private long _fullSince;
    private volatile bool _isLoaded;
    private volatile bool _isFull;

    /// <summary>Bytes to free before more can be stored.</summary>
    private long ExcessBytes => Math.Max(0, Volatile.Read(ref _bytes) - _options.MaxTotalBytes + 1);

    /// <summary>Streams to drop before another one can be stored.</summary>
    private long ExcessStreams => Math.Max(0, Volatile.Read(ref _streams) - _options.MaxStreams + 1);

    /// <summary>True if more events, or another stream, may be stored; drops closed streams, oldest first, where that helps.</summary>
    public ValueTask<bool> HasCapacityAsync(bool forStream, CancellationToken cancellationToken) =>
        HasCapacity(forStream) ? new(true) : FreeCapacityAsync(forStream, cancellationToken);

    /// <param name="streams">Streams that were created, or dropped if negative.</param>
    /// <param name="bytes">Bytes that were added, or freed if negative.</param>
    /// <param name="isClosed">True if a stream was closed, and can be dropped from now on.</param>
    public void Add(long streams, long bytes, bool isClosed = false)
    {
        Interlocked.Add(ref _streams, streams);
        Interlocked.Add(ref _bytes, bytes);
        if (isClosed)
            _isFull = false;
    }

    /// <summary>Drops closed streams, oldest first, until the limits hold. Returns how many.</summary>
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

    private bool HasCapacity(bool forStream) => _isLoaded && ExcessBytes is 0 && (!forStream || ExcessStreams is 0);

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
            var minStreams = forStream ? (int)Math.Min(ExcessStreams, PostgreSqlRetentionStatements.MaxStreams) : 0;
            var minBytes = ExcessBytes;
            var (streams, bytes) = await database.RunAsync(
                (connection, token) => PostgreSqlRetentionStatements.DropClosedAsync(connection, TimeSpan.Zero, minStreams, minBytes, isRetention: false, token),
                cancellationToken);
            if (streams == 0)
                break;
            Add(-streams, -bytes);
            dropped += (int)streams;
        }
        return dropped;
    }

    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        var (streams, bytes) = await database.RunAsync(LoadAsync, cancellationToken);
        Volatile.Write(ref _streams, streams);
        Volatile.Write(ref _bytes, bytes);
        _isLoaded = true;
    }

    private static async ValueTask<(long Streams, long Bytes)> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command("select count(*), coalesce(sum(bytes), 0)::bigint from sse_streaming.streams");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
