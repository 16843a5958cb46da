namespace SseStreaming.Api.Streaming;

/// <summary>The client has left, and nothing that is written for it arrives any more.</summary>
internal sealed class ClientDisconnectedException : OperationCanceledException
{
    public ClientDisconnectedException(CancellationToken requestAborted)
        : base("The client closed the connection.", requestAborted)
    {
    }
}
