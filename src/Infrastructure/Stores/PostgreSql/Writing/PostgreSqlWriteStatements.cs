using Npgsql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>Writes a group in one round trip and one transaction. A second round trip looks for what an earlier attempt wrote.</summary>
internal static class PostgreSqlWriteStatements
{
    private const string Create =
        """
        with given as materialized (
            select * from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
                $10::bigint[], $11::bytea[], $12::text[], $13::boolean[], $14::bytea[], $15::text[],
                $16::text[], $17::timestamptz[], $18::interval[], $19::smallint[])
                as g (id, created, source, idem_key, idem_digest, last, segments, characters, bytes, data, subject, shared, request, thread, properties,
                    expires, time_to_live, ending)
        ), created as (
            insert into sse_streaming.streams
                (id, owner, created, first, last, segments, characters, bytes, source, idem_key, idem_digest, subject, shared, thread, expires, time_to_live,
                    ending, closed_at)
            select id, $1, created, 1, last, segments, characters, bytes, source, idem_key, idem_digest, subject, shared, thread, expires, time_to_live,
                ending, case when ending is not null then now() end
            from given
            where exists (select from sse_streaming.nodes where id = $1)
            on conflict do nothing
            returning id
        ), written as (
            insert into sse_streaming.blocks (stream_id, first, data) select id, 1, data from given join created using (id)
        ), requested as (
            insert into sse_streaming.requests (stream_id, data) select id, request from given join created using (id) where request is not null
        ), described as (
            insert into sse_streaming.properties (stream_id, data) select id, properties from given join created using (id) where properties is not null
        )
        select id from created
        """;

    // The fence: only the owner appends, only until it has handed the stream over, only right after the last event, only while the stream
    // is open.
    private const string Append =
        """
        with given as materialized (
            select * from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[],
                $10::bytea[])
                as g (id, first, last, ending, segments, characters, bytes, data, checkpoint)
        ), appended as (
            update sse_streaming.streams as s
            set last = g.last, segments = s.segments + g.segments, characters = s.characters + g.characters, bytes = s.bytes + g.bytes,
                ending = g.ending, closed_at = case when g.ending is not null then now() end,
                checkpoint = case when g.ending is null then coalesce(g.checkpoint, s.checkpoint) else g.checkpoint end,
                take_overs = case when g.segments > 0 then 0 else s.take_overs end, taken_over = false
            from given as g
            where s.id = g.id and s.owner = $1 and s.last = g.first - 1 and s.ending is null and not s.handed_over
            returning s.id
        ), written as (
            insert into sse_streaming.blocks (stream_id, first, data) select id, first, data from given join appended using (id)
        )
        select id from appended
        """;

    private const string Notify = "select pg_notify('" + NotificationPayload.Channel + "', payload) from unnest($1::text[]) as payload";

    // A statement of its own, so that appends that end no stream, which are most, don't touch the table.
    private const string DeleteRequests =
        """
        delete from sse_streaming.requests
        where stream_id in (select id from sse_streaming.streams where id = any($1::uuid[]) and ending is not null)
        """;

    private const string FindAppendable =
        "select last from sse_streaming.streams where id = $1 and owner = $2 and ending is null and not handed_over";

    // Fenced by the last event, too, so that a statement that the server runs late can't replace the checkpoint of a later append.
    private const string SaveCheckpoint =
        """
        update sse_streaming.streams set checkpoint = $3, taken_over = false
        where id = $1 and owner = $2 and ending is null and not handed_over and last = $4
        """;

    private const string FindAppended =
        """
        select s.id from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bytea[]) as g (id, first, last, data)
        join sse_streaming.streams as s on s.id = g.id and s.owner = $1 and s.last = g.last
        join sse_streaming.blocks as b on b.stream_id = g.id and b.first = g.first and b.data = g.data
        """;

    private const string FindCreated =
        "select " + PostgreSqlStreamRow.HeadColumns + ", owner from sse_streaming.streams where id = any($1::uuid[]) or idem_key = any($2::text[])";

    public static async ValueTask<WriteGroupResult> WriteAsync(
        NpgsqlConnection connection, WriteGroup group, Guid ownerId, string nodeTag, CancellationToken cancellationToken)
    {
        var result = new WriteGroupResult();
        await using (var batch = new NpgsqlBatch(connection))
        {
            if (group.Creates.Count > 0)
                AddCreates(batch, group.Creates, ownerId);
            if (group.Appends.Count > 0)
                AddAppends(batch, group.Appends, ownerId, nodeTag);
            await batch.PrepareAsync(cancellationToken);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            var results = (group.Creates.Count > 0 ? 1 : 0) + (group.Appends.Count > 0 ? 1 : 0);
            for (var i = 0; i < results; i++)
            {
                while (await reader.ReadAsync(cancellationToken))
                    result.Written.Add(reader.GetGuid(0));
                await reader.NextResultAsync(cancellationToken);
            }
        }

        var creates = group.Creates.FindAll(create => !result.Written.Contains(create.StreamKey));
        if (creates.Count > 0)
            await FindCreatedAsync(connection, creates, ownerId, result, cancellationToken);
        var appends = group.Appends.FindAll(append => !result.Written.Contains(append.StreamKey));
        if (appends.Count > 0)
            await FindAppendedAsync(connection, appends, ownerId, result, cancellationToken);
        return result;
    }

    /// <summary>Finds the streams that an owner has created, and those that exist with the key of a create.</summary>
    public static async ValueTask<WriteGroupResult> FindCreatedAsync(
        NpgsqlConnection connection, List<PendingCreate> creates, Guid ownerId, CancellationToken cancellationToken)
    {
        var result = new WriteGroupResult();
        await FindCreatedAsync(connection, creates, ownerId, result, cancellationToken);
        return result;
    }

    /// <summary>True if an owner has appended this very batch.</summary>
    public static async ValueTask<bool> IsAppendedAsync(
        NpgsqlConnection connection, PendingAppend append, Guid ownerId, CancellationToken cancellationToken)
    {
        var result = new WriteGroupResult();
        await FindAppendedAsync(connection, [append], ownerId, result, cancellationToken);
        return result.Written.Count > 0;
    }

    /// <summary>Replaces the checkpoint; false if the stream is closed, or the owner may not append.</summary>
    public static async ValueTask<bool> SaveCheckpointAsync(
        NpgsqlConnection connection, Guid streamKey, byte[] checkpoint, Guid ownerId, CancellationToken cancellationToken)
    {
        await using var find = connection.Command(
            FindAppendable, PostgreSqlCommands.Parameter(streamKey), PostgreSqlCommands.Parameter(ownerId));
        if (await find.ExecuteScalarAsync(cancellationToken) is not long last)
            return false;
        await using var save = connection.Command(SaveCheckpoint,
            PostgreSqlCommands.Parameter(streamKey), PostgreSqlCommands.Parameter(ownerId), PostgreSqlCommands.Parameter(checkpoint),
            PostgreSqlCommands.Parameter(last));
        return await save.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static void AddCreates(NpgsqlBatch batch, List<PendingCreate> creates, Guid ownerId)
    {
        // In the order of their keys, so that two nodes that create the same ones at the same time can't deadlock.
        creates.Sort((a, b) => string.CompareOrdinal(a.Head.Idempotency?.Key, b.Head.Idempotency?.Key));
        batch.Add(Create,
            PostgreSqlCommands.Parameter(ownerId),
            Column(creates, create => create.StreamKey),
            Column(creates, create => create.Head.Created.UtcDateTime),
            Column(creates, create => create.Head.Source),
            Column(creates, create => create.Head.Idempotency?.Key),
            Column(creates, create => create.Head.Idempotency?.RequestDigest),
            Column(creates, create => create.Row.Last),
            Column(creates, create => (long)create.Row.Segments),
            Column(creates, create => (long)create.Row.Characters),
            Column(creates, create => create.StoredBytes),
            Column(creates, create => create.Row.Data),
            Column(creates, create => create.Head.Owner),
            Column(creates, create => create.Head.IsShared),
            Column(creates, create => create.Request),
            Column(creates, create => create.Head.Thread),
            Column(creates, create => create.Head.Properties),
            Column(creates, create => create.Head.Expires?.UtcDateTime),
            Column(creates, create => create.Head.TimeToLive),
            Column(creates, create => (short?)create.Row.Ending));
    }

    private static void AddAppends(NpgsqlBatch batch, List<PendingAppend> appends, Guid ownerId, string nodeTag)
    {
        batch.Add(Append,
            PostgreSqlCommands.Parameter(ownerId),
            Column(appends, append => append.StreamKey),
            Column(appends, append => append.Row.First),
            Column(appends, append => append.Row.Last),
            Column(appends, append => (short?)append.Row.Ending),
            Column(appends, append => (long)append.Row.Segments),
            Column(appends, append => (long)append.Row.Characters),
            Column(appends, append => append.StoredBytes),
            Column(appends, append => append.Row.Data),
            Column(appends, append => append.Row.Checkpoint));
        // Delivered when the transaction commits. A notification of an append that did not take place does no harm.
        batch.Add(Notify, PostgreSqlCommands.Parameter(
            NotificationPayload.FormatAppended(nodeTag, appends.ConvertAll(append => append.Row.StreamId)).ToArray()));
        var ending = appends.FindAll(append => append.Row.Ending is not null);
        if (ending.Count > 0)
            batch.Add(DeleteRequests, Column(ending, append => append.StreamKey));
    }

    private static async Task FindCreatedAsync(
        NpgsqlConnection connection, List<PendingCreate> creates, Guid ownerId, WriteGroupResult result, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindCreated,
            Column(creates, create => create.StreamKey),
            Column(creates.FindAll(create => create.Head.Idempotency is not null), create => create.Head.Idempotency!.Key));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var head = PostgreSqlStreamRow.ReadHead(reader);
            if (head.Idempotency is { } idempotency)
                result.Existing[idempotency.Key] = head;
            // A row that was found only by its key is another stream.
            if (reader.GetGuid(PostgreSqlStreamRow.HeadColumnCount) == ownerId && creates.Exists(create => create.Head.Id == head.Id))
                result.Written.Add(head.Id.ToUuid());
        }
    }

    private static async Task FindAppendedAsync(
        NpgsqlConnection connection, List<PendingAppend> appends, Guid ownerId, WriteGroupResult result, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindAppended,
            PostgreSqlCommands.Parameter(ownerId),
            Column(appends, append => append.StreamKey),
            Column(appends, append => append.Row.First),
            Column(appends, append => append.Row.Last),
            Column(appends, append => append.Row.Data));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            result.Written.Add(reader.GetGuid(0));
    }

    private static NpgsqlParameter Column<TWrite, TValue>(List<TWrite> writes, Converter<TWrite, TValue> value) =>
        PostgreSqlCommands.Parameter(writes.ConvertAll(value).ToArray());
}
