namespace SseStreaming.UnitTests.Infrastructure.Generators.Query;

internal enum TableStepKind
{
    /// <summary>A writer draws the next key, and begins a transaction if it has none.</summary>
    Draw,

    Commit,

    Rollback,

    /// <summary>A visible row is deleted.</summary>
    Delete,

    None,
}
