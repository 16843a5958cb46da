namespace SseStreaming.Infrastructure.Generators.Query;

internal enum QueryKeyType
{
    /// <summary>A 64-bit integer.</summary>
    Integer,

    /// <summary>Text in the collation of the database.</summary>
    Text,
}
