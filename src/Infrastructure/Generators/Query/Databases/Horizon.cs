namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>The numbers of the transactions at one moment. They are ascending; the default stands for a database without concurrent writers.</summary>
/// <param name="Oldest">All transactions with lower numbers had ended.</param>
/// <param name="Next">The number of the next transaction: all running ones have lower numbers.</param>
internal readonly record struct Horizon(ulong Oldest, ulong Next);
