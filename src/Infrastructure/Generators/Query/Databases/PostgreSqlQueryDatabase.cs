using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Common;

namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <inheritdoc cref="IQueryDatabase"/>
internal sealed class PostgreSqlQueryDatabase : IQueryDatabase
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly string _sql;
    private readonly bool _isInteger;

    public PostgreSqlQueryDatabase(QueryOptions options, TimeProvider time, ILogger logger)
    {
        _dataSource = PostgreSqlPools.Create(options.ConnectionString!, "query");
        _sql = options.Sql!;
        _isInteger = options.KeyType is QueryKeyType.Integer;
        if (!string.IsNullOrEmpty(options.Channel))
            Signal = new RowSignal(new ChannelListener(options.ConnectionString!, options.Channel, time, logger).ListenAsync);
    }

    public RowSignal? Signal { get; }

    public async Task<RowPage> ReadAsync(RowQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        // The rows and the transaction numbers must be from one snapshot, and the configured statement must not write.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = 0 };
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET TRANSACTION READ ONLY"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(TransactionNumbers.Statement));
        batch.BatchCommands.Add(CreateCommand(query));

        RowPage page;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            var horizon = TransactionNumbers.Read(reader);
            await reader.NextResultAsync(cancellationToken);
            page = new RowPage(await ReadRowsAsync(reader, cancellationToken), horizon);
        }
        await transaction.CommitAsync(cancellationToken);
        return page;
    }

    public async Task<object?> ReadValueAsync(string sql, IReadOnlyList<BoundParameter> parameters, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = 0 };
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET TRANSACTION READ ONLY"));
        var command = new NpgsqlBatchCommand(sql);
        Bind(command.Parameters, parameters);
        batch.BatchCommands.Add(command);
        var value = await batch.ExecuteScalarAsync(cancellationToken);
        return value is DBNull ? null : value;
    }

    public ValueTask DisposeAsync() => _dataSource.DisposeAsync();

    private NpgsqlBatchCommand CreateCommand(RowQuery query)
    {
        var key = _isInteger ? "q.\"key\"::bigint" : "q.\"key\"::text";
        var command = new NpgsqlBatchCommand(RowStatement.Build(_sql, key, "q.\"text\"::text", query.UpTo is not null, query.MaxRows));
        command.Parameters.Add(KeyParameter(RowStatement.After, query.After));
        if (query.UpTo is not null)
            command.Parameters.Add(KeyParameter(RowStatement.UpTo, query.UpTo));
        Bind(command.Parameters, query.Parameters);
        return command;
    }

    private async Task<List<Row>> ReadRowsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<Row>();
        var characters = 0;
        while (characters < RowPage.MaxCharacters && await reader.ReadAsync(cancellationToken))
        {
            if (await reader.IsDBNullAsync(0, cancellationToken))
                throw new RowFormatException("a row has no key");
            var text = await reader.IsDBNullAsync(1, cancellationToken) ? "" : reader.GetString(1);
            rows.Add(new Row(_isInteger ? reader.GetInt64(0) : reader.GetString(0), text));
            characters += text.Length;
        }
        return rows;
    }

    private NpgsqlParameter KeyParameter(string name, object key) =>
        new(name, _isInteger ? NpgsqlDbType.Bigint : NpgsqlDbType.Text) { Value = key };

    private static void Bind(NpgsqlParameterCollection target, IReadOnlyList<BoundParameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            var type = parameter.Type switch
            {
                OptionType.Integer => NpgsqlDbType.Bigint,
                OptionType.Number => NpgsqlDbType.Double,
                OptionType.Boolean => NpgsqlDbType.Boolean,
                _ => NpgsqlDbType.Text,
            };
            target.Add(new NpgsqlParameter(parameter.Name, type) { Value = parameter.Value ?? DBNull.Value });
        }
    }
}
