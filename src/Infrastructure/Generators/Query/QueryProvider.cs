namespace SseStreaming.Infrastructure.Generators.Query;

internal enum QueryProvider
{
    PostgreSql,
    Sqlite,
}
