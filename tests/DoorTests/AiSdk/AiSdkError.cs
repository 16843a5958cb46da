namespace SseStreaming.DoorTests.AiSdk;

/// <summary>An error that the client threw.</summary>
internal sealed record AiSdkError(string Name, string Message);
