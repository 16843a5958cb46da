namespace SseStreaming.Application.Reading;

/// <summary>One reader's subscription. It is for one loop: it has one wait at a time.</summary>
public interface IStreamSubscription : IDisposable
{
    /// <summary>
    /// Completes with <see langword="true"/> when the stream was rung since the previous wait returned (so also when that was
    /// before this call), with <see langword="false"/> when that did not happen within the idle time.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token of the subscription was cancelled.</exception>
    ValueTask<bool> WaitAsync();
}
