namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>Transactions at a moment, by their numbers, which grow. The default says that no transaction writes at the same time as another.</summary>
/// <param name="Oldest">All below had ended.</param>
/// <param name="Next">The number that was to be given out next: all that had one were below.</param>
internal readonly record struct Horizon(ulong Oldest, ulong Next);
