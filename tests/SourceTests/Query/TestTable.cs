using Npgsql;

namespace SseStreaming.SourceTests.Query;

/// <summary>A database with one table, which has a sequence as its key and a text column.</summary>
internal sealed class TestTable : IAsyncDisposable
{
    public const string Sql = "SELECT id, body FROM message WHERE id > @after";

    private readonly PostgreSqlServer _server;

    private TestTable(PostgreSqlServer server, string connectionString)
    {
        _server = server;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public static async Task<TestTable> CreateAsync()
    {
        var server = await PostgreSqlFixture.ServerAsync();
        var table = new TestTable(server, await server.CreateDatabaseAsync());
        await table.ExecuteAsync("""
            CREATE TABLE message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room text NOT NULL DEFAULT 'a', body text)
            """);
        return table;
    }

    public Task<object?> ExecuteAsync(string sql) => PostgreSqlServer.ExecuteAsync(ConnectionString, sql);

    /// <summary>Inserts one row per text.</summary>
    public async Task InsertAsync(params string[] bodies)
    {
        await using var connection = await OpenAsync();
        await InsertAsync(connection, bodies);
    }

    public static async Task InsertAsync(NpgsqlConnection connection, params string[] bodies)
    {
        await using var command = new NpgsqlCommand("INSERT INTO message (body) SELECT unnest($1)", connection);
        command.Parameters.AddWithValue(bodies);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The keys of all rows, as text.</summary>
    public async Task<IReadOnlyList<string>> ReadKeysAsync()
    {
        var keys = new List<string>();
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("SELECT id::text FROM message ORDER BY id", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            keys.Add(reader.GetString(0));
        return keys;
    }

    /// <summary>Counts the connections that listen for notifications of this database.</summary>
    public async Task<long> CountListenersAsync() => (long)(await ExecuteAsync(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"))!;

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync() => await _server.DropDatabaseAsync(ConnectionString);
}
