namespace SseStreaming.Infrastructure.Stores.Sqlite;

/// <summary>
/// When SQLite forces a commit to the disk. With every value an acknowledged event survives the end of the process, because the
/// operating system has it; the values differ in what a power cut or a crash of the operating system may destroy.
/// </summary>
internal enum SqliteSynchronous
{
    /// <summary>Forced to the disk before old pages are overwritten. A power cut may lose the last commits, and nothing else.</summary>
    /// <remarks>The first value, because the binder reads a setting without a value as that.</remarks>
    Normal,

    /// <summary>Never forced to the disk. A power cut may destroy the whole database.</summary>
    Off,

    /// <summary>Every commit is forced to the disk. A power cut loses nothing that was acknowledged; each append waits for the disk.</summary>
    Full,
}
