namespace SseStreaming.AspNetCore.Doors.AiSdk;

/// <summary>A request to stop what runs in a chat.</summary>
/// <param name="ActiveStreamId">Stops only this stream; null stops any.</param>
internal sealed record ChatStop(string? ActiveStreamId);
