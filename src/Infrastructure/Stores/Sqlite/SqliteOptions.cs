using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>Section <c>Sqlite</c>. The setting <c>DataFolder</c> names the folder of the file.</summary>
internal sealed class SqliteOptions
{
    public const string Section = "Sqlite";

    /// <summary>What an acknowledged write survives.</summary>
    [EnumDataType(typeof(SqliteSynchronous))]
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Normal;

    /// <summary>
    /// How long one operation waits for a lock of another program, such as a backup tool. In practice at least about a second, which is
    /// the smallest time-out of the client library.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads that run at the same time; further ones wait.</summary>
    [Range(1, 64)]
    public int ReadConnections { get; set; } = 4;

    /// <summary>Bytes of pages that each connection caches, in addition to the cache of the operating system.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int CacheBytes { get; set; } = 4 * 1024 * 1024;
}
