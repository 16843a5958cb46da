namespace SseStreaming.DoorTests.OpenAi;

/// <summary>The exception that the package threw.</summary>
internal sealed record OpenAiFault(string Name, int? Status, string Message, string? Type, string? Code, string? Param, string? RequestId);
