namespace SseStreaming.Infrastructure.Stores.Sqlite;

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
