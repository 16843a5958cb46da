using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>
/// One connection and its statements, each prepared once, when it is first used. Values take the places <c>?1</c>, <c>?2</c>, …
/// of a statement. One thread at a time.
/// </summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>False also when SQLite itself rolled a transaction back, as it does after some faults.</summary>
    public bool IsInTransaction => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <summary>Returns how many rows changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row; null if there is no row.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteScalar();

    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteReader();

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        connection.Dispose();
    }

    [SuppressMessage("Security", "CA2100", Justification = "Every statement is a constant of this folder; values are bound.")]
    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"?{i}") });
            _commands.Add(sql, command);
        }
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
