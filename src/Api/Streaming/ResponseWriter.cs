using System.Buffers;
using System.IO.Pipelines;
using SseStreaming.Api.Observability;

namespace SseStreaming.Api.Streaming;

/// <summary>Writes to one response. A flush ends at a deadline, or when the server shuts down.</summary>
internal sealed class ResponseWriter(
    PipeWriter pipe,
    TimeSpan deadline,
    TimeProvider time,
    ViewerMetrics metrics,
    CancellationToken requestAborted,
    CancellationToken shutdown)
{
    private int _unflushedEvents;
    private FlushOutcome _outcome;

    /// <summary>Bytes written since the last flush.</summary>
    public int Unflushed { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes, int events = 0)
    {
        _unflushedEvents += events;
        pipe.Write(bytes);
        Unflushed += bytes.Length;
    }

    /// <summary>Room for at least this number of bytes. The caller fills its beginning, and then calls <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int bytes) => pipe.GetSpan(bytes);

    public void Advance(int bytes, int events)
    {
        _unflushedEvents += events;
        pipe.Advance(bytes);
        Unflushed += bytes;
    }

    /// <summary>Sends what was written. After a flush that failed, every other one fails in the same way.</summary>
    public ValueTask<FlushOutcome> FlushAsync()
    {
        if (_outcome is not FlushOutcome.Flushed)
            return new(_outcome);
        metrics.Sent(_unflushedEvents, Unflushed);
        _unflushedEvents = 0;
        Unflushed = 0;
        // Without a token, which would be registered for each flush. The result shows as well whether the client has disconnected.
        var flush = pipe.FlushAsync(CancellationToken.None);
        return flush.IsCompletedSuccessfully ? new(_outcome = ToOutcome(flush.Result)) : WaitAsync(flush);
    }

    private async ValueTask<FlushOutcome> WaitAsync(ValueTask<FlushResult> flush)
    {
        var task = flush.AsTask();
        using var abortedOrShutdown = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, shutdown);
        await ((Task)task).WaitAsync(deadline, time, abortedOrShutdown.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _outcome = task.IsCompletedSuccessfully ? ToOutcome(await task)
            : task.IsCompleted || requestAborted.IsCancellationRequested ? FlushOutcome.ClientDisconnected
            : shutdown.IsCancellationRequested ? FlushOutcome.ServerStopping
            : FlushOutcome.TooSlow;
    }

    private FlushOutcome ToOutcome(FlushResult result) =>
        result.IsCompleted || requestAborted.IsCancellationRequested ? FlushOutcome.ClientDisconnected : FlushOutcome.Flushed;
}
