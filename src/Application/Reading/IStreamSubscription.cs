namespace SseStreaming.Application.Reading;

/// <summary>The subscription of one reader, for one wait at a time.</summary>
public interface IStreamSubscription : IDisposable
{
    /// <summary>
    /// Completes with <see langword="true"/> if the stream was notified since the previous wait completed, which includes the time before
    /// this call; with <see langword="false"/> after the idle time.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token of the subscription was cancelled.</exception>
    ValueTask<bool> WaitAsync();
}
