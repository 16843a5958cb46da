namespace SseStreaming.Infrastructure.Generators.Query.Databases;

/// <summary>A row that is not as the settings say.</summary>
internal sealed class RowFormatException(string message) : FormatException(message);
