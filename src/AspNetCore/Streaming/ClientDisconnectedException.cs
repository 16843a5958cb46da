namespace SseStreaming.AspNetCore.Streaming;

/// <summary>The client closed the connection before the response was complete.</summary>
internal sealed class ClientDisconnectedException(CancellationToken requestAborted)
    : OperationCanceledException("The client closed the connection.", requestAborted);
