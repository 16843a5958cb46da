using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Commands with positional parameters ($1, $2, …), whose values are not boxed.</summary>
internal static class PostgreSqlCommands
{
    public static NpgsqlParameter Parameter<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    [SuppressMessage("Security", "CA2100", Justification = "Every statement is a constant or a migration of this assembly; values are bound.")]
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    [SuppressMessage("Security", "CA2100", Justification = "Every statement is a constant of this assembly; values are bound.")]
    public static void Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }
}
