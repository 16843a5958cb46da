using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace SseStreaming.Infrastructure.Stores.PostgreSql;

/// <summary>Positional parameters ($1, $2, …) without boxing, and commands that take them.</summary>
internal static class PostgreSqlCommands
{
    public static NpgsqlParameter Parameter<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    [SuppressMessage("Security", "CA2100", Justification = "Every caller passes a constant, or a migration that is part of this assembly.")]
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    [SuppressMessage("Security", "CA2100", Justification = "Every caller passes a constant.")]
    public static void Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }
}
