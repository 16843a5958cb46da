using System.Globalization;
using Npgsql;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>
/// A PostgreSQL server for tests: a new one, created with the installed binaries and deleted with its data when disposed; or, if
/// <c>SSE_TEST_POSTGRESQL</c> holds a connection string, the server that it names, which tests can't stop.
/// </summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Variable = "SSE_TEST_POSTGRESQL";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly PostgreSqlProgram? _program;
    private readonly string _folder;
    private readonly int _port;
    private readonly NpgsqlConnectionStringBuilder _settings;

    private PostgreSqlServer(PostgreSqlProgram? program, string folder, int port, NpgsqlConnectionStringBuilder settings)
    {
        _program = program;
        _folder = folder;
        _port = port;
        _settings = settings;
    }

    /// <summary>Connection string of the maintenance database.</summary>
    public string ConnectionString => _settings.ConnectionString;

    /// <summary>True if this object created the server, and can stop and start it.</summary>
    public bool IsOwn => _program is not null;

    /// <summary>A started server. If none is available, the test is ignored with a reason; in CI (<c>CI=true</c>) it fails.</summary>
    public static async Task<PostgreSqlServer> RequireAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new PostgreSqlServer(null, "", 0, new NpgsqlConnectionStringBuilder(given));
        var program = PostgreSqlProgram.Find();
        TestRequirements.Require(program is not null,
            $"PostgreSQL is not installed: there is no initdb in /usr/lib/postgresql/*/bin or in the PATH, and {Variable} is not set.");
        return await CreateAsync(program);
    }

    /// <summary>Creates an empty database, and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "test_" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        await ExecuteAsync(ConnectionString, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Drops a database, and closes its open connections.</summary>
    public Task DropDatabaseAsync(string connectionString) => ExecuteAsync(
        ConnectionString, $"drop database if exists {new NpgsqlConnectionStringBuilder(connectionString).Database} with (force)");

    /// <summary>Runs a statement on a separate connection; returns the first value of its result, or null.</summary>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async Task StartAsync()
    {
        await Program.RunAsync("pg_ctl", Patience, "start", "--pgdata", Data, "--log", Path.Combine(_folder, "log"), "--wait", "--silent",
            "--options", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c max_connections=200");
    }

    /// <summary>
    /// Creates and starts a standby of this server. From then on a commit waits until the standby has it. The standby's connection string
    /// names both servers, and connects to the one that is the primary.
    /// </summary>
    public async Task<PostgreSqlServer> CreateStandbyAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
        var folder = Directory.CreateTempSubdirectory("pg").FullName;
        Program.GiveAway(folder);
        var port = Ports.Free();
        var both = new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            Host = string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{_port},{settings.Host}:{port}"),
            TargetSessionAttributes = "primary",
        };
        both.Remove("Port");
        var standby = new PostgreSqlServer(Program, folder, port, both);
        try
        {
            await Program.RunAsync("pg_basebackup", Patience, "--pgdata", standby.Data, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
                "--host", settings.Host!, "--port", _port.ToString(CultureInfo.InvariantCulture), "--username", settings.Username!);
            await standby.StartAsync();
            // After the copy, because the standby must not wait for one of its own when it is promoted.
            await ExecuteAsync(ConnectionString, "alter system set synchronous_standby_names = '*'");
            await ExecuteAsync(ConnectionString, "select pg_reload_conf()");
            await Eventually.Happens(
                async () => await ExecuteAsync(ConnectionString, "select count(*) from pg_stat_replication where sync_state = 'sync'") is 1L, "the standby is synchronous");
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Promotes a standby, and waits until it accepts writes.</summary>
    public Task PromoteAsync() => Program.RunAsync("pg_ctl", Patience, "promote", "--pgdata", Data, "--wait", "--silent");

    /// <summary>Stops the server immediately, and closes all connections.</summary>
    public Task StopAsync() => Program.RunAsync("pg_ctl", Patience, "stop", "--pgdata", Data, "--mode", "fast", "--wait", "--silent");

    /// <summary>Ends the server as in a crash: without a checkpoint, so that the next start runs recovery.</summary>
    public Task KillAsync() => Program.RunAsync("pg_ctl", Patience, "stop", "--pgdata", Data, "--mode", "immediate", "--wait", "--silent");

    public async ValueTask DisposeAsync()
    {
        if (_program is null)
            return;
        NpgsqlConnection.ClearAllPools();
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
            await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private PostgreSqlProgram Program =>
        _program ?? throw new InvalidOperationException($"The tests can't stop the server that {Variable} names.");

    private static async Task<PostgreSqlServer> CreateAsync(PostgreSqlProgram program)
    {
        var folder = Directory.CreateTempSubdirectory("pg").FullName;
        program.GiveAway(folder);
        var port = Ports.Free();
        var settings = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Username = "postgres", Database = "postgres" };
        var server = new PostgreSqlServer(program, folder, port, settings);
        try
        {
            await program.RunAsync("initdb", Patience, "--pgdata", server.Data, "--username", "postgres", "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C", "--no-sync");
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
