using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SseStreaming.Application;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;

/// <summary>
/// The lease of this node: a row under a fresh id, which is the owner of all streams that are created under it. Whether it has run
/// out is for the database's clock to say; that it was lost is seen from the row being gone.
/// </summary>
internal sealed partial class NodeLease(PostgreSqlDatabase database, IOptions<StreamsOptions> options, ILogger<NodeLease> logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private HeldId? _current;

    /// <summary>Names this process in notifications. Unlike the id of the lease it never changes.</summary>
    public string Tag { get; } = Guid.NewGuid().ToString("N")[..12];

    /// <summary>The id under which this node owns streams now; <see langword="null"/> before the first lease and after the last.</summary>
    public Guid? Current => Volatile.Read(ref _current)?.Value;

    public TimeSpan Length => options.Value.Lease;

    /// <summary>Renews the lease, or takes a new one if there is none or it has been lost; true if it is a new one.</summary>
    public async ValueTask<bool> RenewAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (Current is { } held)
            {
                if (await database.RunAsync((connection, token) => RenewAsync(connection, held, token), cancellationToken))
                    return false;
                // What was owned under the old id has another owner now, so it must not be used again.
                Volatile.Write(ref _current, null);
                Log.Lost(logger);
            }
            var fresh = Guid.NewGuid();
            await database.RunAsync((connection, token) => TakeAsync(connection, fresh, token), cancellationToken);
            Volatile.Write(ref _current, new HeldId(fresh));
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The id to own a new stream under, from a new lease if there is none.</summary>
    public async ValueTask<Guid> EnsureAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Current is { } held)
                return held;
            await RenewAsync(cancellationToken);
        }
    }

    /// <summary>Gives up the lease, after it has been removed from the database.</summary>
    public async ValueTask LeaveAsync(Func<Guid, ValueTask> remove, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (Current is not { } held)
                return;
            await remove(held);
            Volatile.Write(ref _current, null);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <remarks>A lease that had run out, and that nobody took, is held on to; but not without a break.</remarks>
    private async ValueTask<bool> RenewAsync(NpgsqlConnection connection, Guid held, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            """
            update sse_streaming.nodes
            set since = case when lease_until < now() then now() else since end, lease_until = now() + $2
            where id = $1
            """, PostgreSqlCommands.Parameter(held), PostgreSqlCommands.Parameter(Length));
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <remarks>
    /// Who comes to a database where nobody is alive may take over at once, as if the lease had been held for ever. Not so right
    /// after the database itself came back: then the others may only not have renewed yet.
    /// </remarks>
    private async ValueTask<bool> TakeAsync(NpgsqlConnection connection, Guid fresh, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            """
            insert into sse_streaming.nodes (id, since, lease_until)
            select $1,
                case when exists (select from sse_streaming.nodes where lease_until >= now()) or pg_postmaster_start_time() > now() - $2
                    then now() else '-infinity' end,
                now() + $2
            on conflict (id) do update set lease_until = excluded.lease_until
            """, PostgreSqlCommands.Parameter(fresh), PostgreSqlCommands.Parameter(Length));
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>An id that can be replaced in one piece.</summary>
    private sealed record HeldId(Guid Value);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "This node lost its lease: its running streams belong to another node now")]
        public static partial void Lost(ILogger logger);
    }
}
