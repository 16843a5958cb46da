using Npgsql;
using SseStreaming.Infrastructure.Stores.PostgreSql.Cluster;
using SseStreaming.Infrastructure.Stores.PostgreSql.Reading;

namespace SseStreaming.Infrastructure.Stores.PostgreSql.Writing;

/// <summary>Writes a group in one round trip and one transaction; a further one only asks after what did not take place.</summary>
internal static class PostgreSqlWriteStatements
{
    // The rows come in the order of their keys: two nodes that create the same ones at the same time wait for each other one way round.
    private const string Create =
        """
        with given as materialized (
            select * from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
                $10::bigint[], $11::bytea[], $12::text[], $13::boolean[])
                as g (id, created, source, idem_key, idem_digest, last, segments, characters, bytes, data, subject, shared)
        ), created as (
            insert into sse_streaming.streams
                (id, owner, created, first, last, segments, characters, bytes, source, idem_key, idem_digest, subject, shared)
            select id, $1, created, 1, last, segments, characters, bytes, source, idem_key, idem_digest, subject, shared from given
            where exists (select from sse_streaming.nodes where id = $1)
            on conflict do nothing
            returning id
        ), kept as (
            insert into sse_streaming.blocks (stream_id, first, data) select id, 1, data from given join created using (id)
        )
        select id from created
        """;

    // The fence: only the owner's append, only right after the last event, only while the stream is open.
    private const string Append =
        """
        with given as materialized (
            select * from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[])
                as g (id, first, last, ending, segments, characters, bytes, data)
        ), appended as (
            update sse_streaming.streams as s
            set last = g.last, segments = s.segments + g.segments, characters = s.characters + g.characters, bytes = s.bytes + g.bytes,
                ending = nullif(g.ending, 0), closed_at = case when g.ending <> 0 then now() end
            from given as g
            where s.id = g.id and s.owner = $1 and s.last = g.first - 1 and s.ending is null
            returning s.id
        ), kept as (
            insert into sse_streaming.blocks (stream_id, first, data) select id, first, data from given join appended using (id)
        )
        select id from appended
        """;

    private const string Notify = "select pg_notify('" + NotificationPayload.Channel + "', payload) from unnest($1::text[]) as payload";

    // An earlier try may have written it, without an answer coming back.
    private const string FindAppended =
        """
        select s.id from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bytea[]) as g (id, first, last, data)
        join sse_streaming.streams as s on s.id = g.id and s.owner = $1 and s.last = g.last
        join sse_streaming.blocks as b on b.stream_id = g.id and b.first = g.first and b.data = g.data
        """;

    private const string FindCreated =
        "select " + PostgreSqlStreamRow.HeadColumns + ", owner from sse_streaming.streams where id = any($1::uuid[]) or idem_key = any($2::text[])";

    public static async ValueTask<WriteGroupResult> WriteAsync(
        NpgsqlConnection connection, WriteGroup group, Guid owner, string tag, CancellationToken cancellationToken)
    {
        var outcome = new WriteGroupResult();
        await using (var batch = new NpgsqlBatch(connection))
        {
            if (group.Creates.Count > 0)
                AddCreates(batch, group.Creates, owner);
            if (group.Appends.Count > 0)
                AddAppends(batch, group.Appends, owner, tag);
            await batch.PrepareAsync(cancellationToken);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            var statements = batch.BatchCommands.Count - (group.Appends.Count > 0 ? 1 : 0);
            for (var statement = 0; statement < statements; statement++)
            {
                while (await reader.ReadAsync(cancellationToken))
                    outcome.Done.Add(reader.GetGuid(0));
                await reader.NextResultAsync(cancellationToken);
            }
        }

        var creates = group.Creates.FindAll(create => !outcome.Done.Contains(create.Key));
        if (creates.Count > 0)
            await FindCreatedAsync(connection, creates, owner, outcome, cancellationToken);
        var appends = group.Appends.FindAll(append => !outcome.Done.Contains(append.Key));
        if (appends.Count > 0)
            await FindAppendedAsync(connection, appends, owner, outcome, cancellationToken);
        return outcome;
    }

    /// <summary>True if this very append has taken place.</summary>
    public static async ValueTask<bool> IsAppendedAsync(
        NpgsqlConnection connection, PendingAppend append, Guid owner, CancellationToken cancellationToken)
    {
        var outcome = new WriteGroupResult();
        await FindAppendedAsync(connection, [append], owner, outcome, cancellationToken);
        return outcome.Done.Count > 0;
    }

    private static void AddCreates(NpgsqlBatch batch, List<PendingCreate> creates, Guid owner)
    {
        creates.Sort((a, b) => string.CompareOrdinal(a.Head.Idempotency?.Key, b.Head.Idempotency?.Key));
        batch.Add(Create,
            PostgreSqlCommands.Parameter(owner),
            Column(creates, create => create.Key),
            Column(creates, create => create.Head.Created.UtcDateTime),
            Column(creates, create => create.Head.Source),
            Column(creates, create => create.Head.Idempotency?.Key),
            Column(creates, create => create.Head.Idempotency?.RequestDigest),
            Column(creates, create => create.Last),
            Column(creates, create => create.Segments),
            Column(creates, create => create.Characters),
            Column(creates, create => create.Bytes),
            Column(creates, create => create.Data),
            Column(creates, create => create.Head.Owner),
            Column(creates, create => create.Head.IsShared));
    }

    private static void AddAppends(NpgsqlBatch batch, List<PendingAppend> appends, Guid owner, string tag)
    {
        batch.Add(Append,
            PostgreSqlCommands.Parameter(owner),
            Column(appends, append => append.Key),
            Column(appends, append => append.First),
            Column(appends, append => append.Last),
            Column(appends, append => append.Ending),
            Column(appends, append => append.Segments),
            Column(appends, append => append.Characters),
            Column(appends, append => append.Bytes),
            Column(appends, append => append.Data));
        // Delivered when the transaction commits, and only then. One too many, for an append that did not take place, is harmless.
        batch.Add(Notify, PostgreSqlCommands.Parameter(NotificationPayload.Appended(tag, appends.ConvertAll(append => append.Key.ToStreamId())).ToArray()));
    }

    private static async Task FindCreatedAsync(
        NpgsqlConnection connection, List<PendingCreate> creates, Guid owner, WriteGroupResult outcome, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindCreated,
            Column(creates, create => create.Key),
            Column(creates.FindAll(create => create.Head.Idempotency is not null), create => create.Head.Idempotency!.Key));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var head = PostgreSqlStreamRow.ReadHead(reader);
            if (head.Idempotency is { } idempotency)
                outcome.Existing[idempotency.Key] = head;
            // One that was found by its key is another one, and in the way.
            if (reader.GetGuid(PostgreSqlStreamRow.HeadColumnCount) == owner && creates.Exists(create => create.Head.Id == head.Id))
                outcome.Done.Add(head.Id.ToKey());
        }
    }

    private static async Task FindAppendedAsync(
        NpgsqlConnection connection, List<PendingAppend> appends, Guid owner, WriteGroupResult outcome, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(FindAppended,
            PostgreSqlCommands.Parameter(owner),
            Column(appends, append => append.Key),
            Column(appends, append => append.First),
            Column(appends, append => append.Last),
            Column(appends, append => append.Data));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            outcome.Done.Add(reader.GetGuid(0));
    }

    private static NpgsqlParameter Column<TWrite, T>(List<TWrite> writes, Converter<TWrite, T> value) =>
        PostgreSqlCommands.Parameter(writes.ConvertAll(value).ToArray());
}
