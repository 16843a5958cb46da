namespace SseStreaming.Api.Problems;

/// <summary>Set on a request whose client is known to have left, and to have been logged.</summary>
internal sealed class DisconnectLogged;
