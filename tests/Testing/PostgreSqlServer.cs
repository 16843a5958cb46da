using System.Globalization;
using Npgsql;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>
/// A PostgreSQL server for tests: one of its own, made from the installed binaries and gone with all its data when disposed; or,
/// where <c>SSE_TEST_POSTGRESQL</c> holds a connection string, the one that it names, which can't be stopped.
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

    /// <summary>Connects to the maintenance database.</summary>
    public string ConnectionString => _settings.ConnectionString;

    /// <summary>True if the server is this object's own, to stop and to start.</summary>
    public bool IsOwn => _program is not null;

    /// <summary>A started server. Without one the test is ignored, with a reason; in CI (<c>CI=true</c>) it fails.</summary>
    public static async Task<PostgreSqlServer> RequireAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new PostgreSqlServer(null, "", 0, new NpgsqlConnectionStringBuilder(given));
        var program = PostgreSqlProgram.Find();
        TestRequirements.Require(program is not null,
            $"PostgreSQL is not installed: there is no initdb in /usr/lib/postgresql/*/bin or in the PATH, and {Variable} is not set.");
        return await CreateAsync(program);
    }

    /// <summary>Makes an empty database; the result connects to it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "test_" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        await ExecuteAsync(ConnectionString, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    public Task DropDatabaseAsync(string connectionString) => ExecuteAsync(
        ConnectionString, $"drop database if exists {new NpgsqlConnectionStringBuilder(connectionString).Database} with (force)");

    /// <summary>Runs a statement on a connection of its own; returns the first value of its result, or null.</summary>
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

    /// <summary>Stops it at once; who is connected is thrown out.</summary>
    public Task StopAsync() => Program.RunAsync("pg_ctl", Patience, "stop", "--pgdata", Data, "--mode", "fast", "--wait", "--silent");

    /// <summary>As after a crash: nothing is written down, and the next start recovers.</summary>
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
        _program ?? throw new InvalidOperationException($"The server that {Variable} names is not the tests' own to stop.");

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
