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

/// <summary>
/// How far a commit goes before it is acknowledged. With every value an event that was shown survives the death of the process,
/// however sudden: it stands in a file of the operating system by then. They differ in what a power cut, or a crash of the
/// operating system, may take.
/// </summary>
internal enum SqliteSynchronous
{
    /// <summary>Forced to the disk before old pages are overwritten. A power cut may take the last commits, and nothing else.</summary>
    /// <remarks>The first, as the binder takes a setting without a value for that.</remarks>
    Normal,

    /// <summary>Nothing is ever forced to the disk. A power cut may destroy the whole database.</summary>
    Off,

    /// <summary>Every commit is forced to the disk. A power cut takes nothing that was shown; each append waits for the disk.</summary>
    Full,
}
