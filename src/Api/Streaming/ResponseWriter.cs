using System.Buffers;
using System.IO.Pipelines;
using SseStreaming.Api.Observability;

namespace SseStreaming.Api.Streaming;

/// <summary>Writes to one response and flushes within a deadline, unless the server is at its end before that.</summary>
internal sealed class ResponseWriter(
    PipeWriter pipe,
    TimeSpan deadline,
    TimeProvider time,
    ViewerMetrics metrics,
    CancellationToken requestAborted,
    CancellationToken shutdown)
{
    private int _unflushedEvents;

    /// <summary>Bytes written since the last flush.</summary>
    public int Unflushed { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes, int events = 0)
    {
        _unflushedEvents += events;
        pipe.Write(bytes);
        Unflushed += bytes.Length;
    }

    public ValueTask<FlushOutcome> FlushAsync()
    {
        metrics.Sent(_unflushedEvents, Unflushed);
        _unflushedEvents = 0;
        Unflushed = 0;
        // Without a token: it would be registered anew for each flush. The result tells as well whether the client is there.
        var flush = pipe.FlushAsync(CancellationToken.None);
        return flush.IsCompletedSuccessfully ? new(ToOutcome(flush.Result)) : FlushSlowlyAsync(flush);
    }

    private async ValueTask<FlushOutcome> FlushSlowlyAsync(ValueTask<FlushResult> flush)
    {
        var task = flush.AsTask();
        using var abortedOrOver = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, shutdown);
        await ((Task)task).WaitAsync(deadline, time, abortedOrOver.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompletedSuccessfully ? ToOutcome(await task)
            : task.IsCompleted || requestAborted.IsCancellationRequested ? FlushOutcome.ClientDisconnected
            : shutdown.IsCancellationRequested ? FlushOutcome.ServerStopping
            : FlushOutcome.TooSlow;
    }

    private FlushOutcome ToOutcome(FlushResult result) =>
        result.IsCompleted || requestAborted.IsCancellationRequested ? FlushOutcome.ClientDisconnected : FlushOutcome.Flushed;
}
