namespace SseStreaming.Application.Reading;

/// <summary>The subscription of one reader, for one wait at a time.</summary>
internal interface IStreamSubscription : IDisposable
{
    /// <summary>
    /// Completes when the stream was notified since the previous wait completed, which includes the time before this call; after the idle
    /// time; or when the token of the subscription is cancelled, which it reports instead of throwing.
    /// </summary>
    ValueTask<WaitOutcome> WaitAsync();
}
