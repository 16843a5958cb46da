using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Sqlite.Reading;

namespace SseStreaming.Infrastructure.Stores.Sqlite.Cluster;

internal static class SqliteClusterStatements
{
    // Can be repeated after a failure with an unknown outcome: it does not count the same take-over twice, and keeps a stop request.
    private const string TakeOpen =
        $"""
        update streams
        set owner = ?1, handed_over = 0,
            take_overs = case when owner = ?1 then take_overs when handed_over then 0 else take_overs + 1 end
        where ending is null and key <= ?2
        returning {SqliteStreamRow.Columns}, (select data from requests where stream = streams.key), checkpoint, take_overs, stop_requested
        """;

    private const string TakeExternal =
        $"update streams set owner = ?1, handed_over = 0 where id = ?2 and source = '{ExternalSource.Name}' and ending is null";

    private const string FindTaken =
        $"""
        select {SqliteStreamRow.Columns}, null, checkpoint, take_overs, stop_requested
        from streams where id = ?1 and source = '{ExternalSource.Name}'
        """;

    private const string HandOverOpen = "update streams set handed_over = 1 where id = ?1 and owner = ?2 and ending is null";

    private const string RequestStopOfOpen = "update streams set stop_requested = 1 where id = ?1 and ending is null";

    /// <summary>Makes an owner the owner of the open streams up to a row key.</summary>
    public static IReadOnlyList<TakenStream> TakeOver(SqliteSession session, byte[] ownerId, long lastKey)
    {
        var taken = new List<TakenStream>();
        using var rows = session.Query(TakeOpen, ownerId, lastKey);
        while (rows.Read())
            taken.Add(SqliteStreamRow.ReadTaken(rows));
        return taken;
    }

    /// <inheritdoc cref="IStreamCluster.TakeAsync"/>
    public static TakenStream? Take(SqliteSession session, byte[] ownerId, StreamId streamId)
    {
        session.Execute(TakeExternal, ownerId, streamId.ToBlob());
        using var rows = session.Query(FindTaken, streamId.ToBlob());
        return rows.Read() ? SqliteStreamRow.ReadTaken(rows) : null;
    }

    /// <summary>Leaves an open stream of an owner to the next process.</summary>
    public static int HandOver(SqliteSession session, StreamId streamId, byte[] ownerId) =>
        session.Execute(HandOverOpen, streamId.ToBlob(), ownerId);

    /// <summary>Keeps a stop request for the process that takes the stream over.</summary>
    public static int RequestStop(SqliteSession session, StreamId streamId) => session.Execute(RequestStopOfOpen, streamId.ToBlob());
}
