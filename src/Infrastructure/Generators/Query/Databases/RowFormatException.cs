namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>A row does not have the format that the settings require.</summary>
internal sealed class RowFormatException(string message) : FormatException(message);
