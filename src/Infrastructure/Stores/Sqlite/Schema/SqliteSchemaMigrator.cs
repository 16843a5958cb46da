using System.Globalization;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Schema;

/// <summary>The tables, and how they came about.</summary>
internal static class SqliteSchemaMigrator
{
    /// <summary>
    /// What leads from each version to the next one. Only ever added to: databases of every version are out there. The version
    /// of a database stands in its header (<c>user_version</c>).
    /// </summary>
    /// <remarks>
    /// <para>Times are in ticks of 100 ns since the year 1, UTC. A stream is known by a small number within the file: its
    /// random id would spread streams that are written at the same time over as many pages.</para>
    /// <para>A block is what one append brought (<see cref="EventBlock"/>). Blocks lie in the order of their key and so by
    /// stream, which makes a replay one sequential read.</para>
    /// <para>Pages that are freed are used again; the file does not shrink. What bounds it is <c>Streams:MaxTotalBytes</c>.</para>
    /// </remarks>
    private static readonly string[] Migrations =
    [
        """
        create table streams (
            key integer primary key autoincrement,
            id blob not null unique,
            source text not null,
            created integer not null,
            idempotency_key text,
            idempotency_digest text,
            owner blob not null,
            first integer not null,
            last integer not null,
            ending integer,
            closed integer,
            segments integer not null,
            characters integer not null,
            bytes integer not null
        ) strict;

        create unique index streams_by_idempotency_key on streams (idempotency_key) where idempotency_key is not null;
        create index streams_by_closed on streams (closed) where closed is not null;

        create table blocks (
            stream integer not null,
            first integer not null,
            last integer not null,
            data blob not null,
            primary key (stream, first)
        ) strict, without rowid;
        """,

        // What is dropped is deleted a few blocks at a time: see StreamRemains.
        "create table remains (stream integer primary key, before integer not null) strict;",

        // Whose a stream is; the owner is the process that writes it. What was there before is nobody's.
        """
        alter table streams add column subject text;
        alter table streams add column shared integer not null default 0;
        """,
    ];

    public static int Version => Migrations.Length;

    /// <summary>Brings a database to the version of this program, wholly or not at all. Returns the version that it had.</summary>
    /// <exception cref="NotSupportedException">The database is of a newer program.</exception>
    public static int Upgrade(SqliteSession session)
    {
        session.Execute("begin immediate");
        var found = Convert.ToInt32(session.Scalar("pragma user_version"), CultureInfo.InvariantCulture);
        if (found > Version)
        {
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"streams.db has schema version {found}, made by a newer version of this server; this one knows up to version {Version}"));
        }
        foreach (var migration in Migrations.AsSpan(found))
            session.Execute(migration);
        if (found < Version)
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"pragma user_version = {Version}"));
        session.Execute("commit");
        return found;
    }
}
