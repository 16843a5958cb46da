using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Section <c>Sqlite</c>. Where its file lies is the setting <c>DataFolder</c>.</summary>
internal sealed class SqliteOptions
{
    public const string Section = "Sqlite";

    /// <summary>What an acknowledged write survives. See the values.</summary>
    [EnumDataType(typeof(SqliteSynchronous))]
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Normal;

    /// <summary>
    /// How long one operation waits for a lock that somebody else holds, such as a backup tool. Not less than about a second in
    /// practice: that is the smallest patience of the client library.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads that run at the same time; more of them wait for one another.</summary>
    [Range(1, 64)]
    public int ReadConnections { get; set; } = 4;

    /// <summary>Bytes of pages that each connection keeps in memory. The operating system keeps more.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int CacheBytes { get; set; } = 4 * 1024 * 1024;
}
