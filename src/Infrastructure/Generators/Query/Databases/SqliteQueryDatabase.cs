using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <inheritdoc cref="IQueryDatabase"/>
/// <remarks>SQLite has no asynchronous reads, so each page is read on a thread of the pool.</remarks>
[SuppressMessage("Security", "CA2100", Justification = "Statements come from the configuration; values of requests are bound.")]
internal sealed class SqliteQueryDatabase(QueryOptions options) : IQueryDatabase
{
    /// <summary>How long to wait for a lock, in seconds. Readers of a database in WAL mode never wait.</summary>
    private const int LockTimeout = 5;

    private readonly string _connectionString = new SqliteConnectionStringBuilder(options.ConnectionString)
    {
        // The database belongs to another program.
        Mode = SqliteOpenMode.ReadOnly,
        DefaultTimeout = LockTimeout,
    }.ConnectionString;

    public RowSignal? Signal => null;

    public Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken) =>
        RunAsync(connection => Read(connection, query), cancellationToken);

    public Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken) =>
        RunAsync(
            connection =>
            {
                using var command = new SqliteCommand(sql, connection);
                Bind(command, parameters);
                return command.ExecuteScalar() is { } value and not DBNull ? value : null;
            },
            cancellationToken);

    public ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        return default;
    }

    private Task<T> RunAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            using (cancellationToken.UnsafeRegister(static open => raw.sqlite3_interrupt(((SqliteConnection)open!).Handle), connection))
            {
                try
                {
                    return read(connection);
                }
                catch (SqliteException) when (cancellationToken.IsCancellationRequested)
                {
                    throw new OperationCanceledException(cancellationToken);
                }
            }
        },
        cancellationToken);

    private RowPage Read(SqliteConnection connection, RowQuery query)
    {
        var sql = RowStatement.Build(options.Sql!, "q.\"key\"", "CAST(q.\"text\" AS TEXT)", query.UpTo is not null, query.MaxRows);
        using var command = new SqliteCommand(sql, connection);
        command.Parameters.AddWithValue($"@{RowStatement.After}", query.After);
        if (query.UpTo is not null)
            command.Parameters.AddWithValue($"@{RowStatement.UpTo}", query.UpTo);
        Bind(command, query.Parameters);

        var rows = new List<Row>();
        var characters = 0;
        using var reader = command.ExecuteReader();
        while (characters < RowPage.MaxCharacters && reader.Read())
        {
            var text = reader.IsDBNull(1) ? "" : reader.GetString(1);
            rows.Add(new Row(ReadKey(reader.GetValue(0)), text));
            characters += text.Length;
        }
        // SQLite has one writer at a time, so keys that it generates become visible in their order.
        return new RowPage(rows, default);
    }

    /// <summary>SQLite types values, not columns, and would convert any text to a number.</summary>
    private object ReadKey(object value) => (options.KeyType, value) switch
    {
        (QueryKeyType.Integer, long) or (QueryKeyType.Text, string) => value,
        (_, DBNull) => throw new RowFormatException("a row has no key"),
        _ => throw new RowFormatException($"a key is not of the type {options.KeyType}"),
    };

    private static void Bind(SqliteCommand command, IReadOnlyList<BoundParameter> parameters)
    {
        foreach (var parameter in parameters)
            command.Parameters.AddWithValue($"@{parameter.Name}", parameter.Value ?? DBNull.Value);
    }
}
