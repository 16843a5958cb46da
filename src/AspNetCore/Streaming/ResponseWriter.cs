using System.Buffers;
using System.IO.Pipelines;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>Writes to one response. A flush ends at a deadline, or when the server shuts down.</summary>
internal sealed class ResponseWriter(
    PipeWriter pipe,
    TimeSpan deadline,
    TimeProvider time,
    ViewerMetrics metrics,
    CancellationToken requestAborted,
    CancellationToken shutdown) : IBufferWriter<byte>
{
    /// <summary>A replay is flushed after this many bytes.</summary>
    private const int FullBytes = 32 * 1024;

    private int _unflushedEvents;
    private Task<FlushResult>? _flush;

    /// <summary>The outcome of the last flush that had to wait.</summary>
    public FlushOutcome Outcome { get; private set; }

    /// <summary>Bytes written since the last flush.</summary>
    public int Unflushed { get; private set; }

    /// <summary>True if so much is written that it should be flushed before more.</summary>
    public bool IsFull => Unflushed >= FullBytes;

    public void Write(ReadOnlySpan<byte> bytes, int events = 0)
    {
        pipe.Write(bytes);
        Unflushed += bytes.Length;
        CountEvents(events);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => pipe.GetSpan(sizeHint);

    public Memory<byte> GetMemory(int sizeHint = 0) => pipe.GetMemory(sizeHint);

    public void Advance(int count)
    {
        pipe.Advance(count);
        Unflushed += count;
    }

    /// <summary>Counts events that are written, for the metrics.</summary>
    public void CountEvents(int count) => _unflushedEvents += count;

    /// <summary>Sends what is written. False if that did not succeed at once: <see cref="FlushAsync"/> then has to complete it before the next write.</summary>
    public bool TryFlush()
    {
        metrics.Sent(_unflushedEvents, Unflushed);
        _unflushedEvents = 0;
        Unflushed = 0;
        // Without a token, which would be registered for each flush. The result shows as well whether the client has disconnected.
        var flush = pipe.FlushAsync(CancellationToken.None);
        if (!flush.IsCompletedSuccessfully)
        {
            _flush = flush.AsTask();
            return false;
        }
        var result = flush.Result;
        if (ToOutcome(result) is FlushOutcome.Flushed)
            return true;
        _flush = Task.FromResult(result);
        return false;
    }

    /// <summary>Sends what is written, and waits until the client takes it. After a flush that failed, every other one fails in the same way.</summary>
    public ValueTask<FlushOutcome> FlushAsync() =>
        Outcome is not FlushOutcome.Flushed ? new(Outcome)
        : _flush is null && (Unflushed == 0 || TryFlush()) ? new(FlushOutcome.Flushed) : WaitAsync(_flush!);

    private async ValueTask<FlushOutcome> WaitAsync(Task<FlushResult> flush)
    {
        _flush = null;
        using var abortedOrShutdown = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, shutdown);
        await ((Task)flush).WaitAsync(deadline, time, abortedOrShutdown.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Outcome = flush.IsCompletedSuccessfully ? ToOutcome(await flush)
            : flush.IsCompleted || requestAborted.IsCancellationRequested ? FlushOutcome.ClientDisconnected
            : shutdown.IsCancellationRequested ? FlushOutcome.ServerStopping
            : FlushOutcome.TooSlow;
    }

    private FlushOutcome ToOutcome(FlushResult result) =>
        result.IsCompleted || requestAborted.IsCancellationRequested ? FlushOutcome.ClientDisconnected : FlushOutcome.Flushed;
}
