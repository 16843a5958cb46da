namespace SseStreaming.Infrastructure.Generators.Query;

internal enum QueryKeyType
{
    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>Text, in the order of the database.</summary>
    Text,
}
