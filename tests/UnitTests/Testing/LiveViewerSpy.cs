using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A response that checks that it is written by one thread at a time, with every event once and in order.</summary>
/// <param name="random">Makes some flushes slow; null for none.</param>
internal sealed class LiveViewerSpy(Random? random = null) : ILiveViewer
{
    private bool _isWritten;
    private bool _isFlushing;

    public long Last { get; private set; }

    public int Deliveries { get; private set; }

    /// <summary>Called for each delivery; false if its flush has to be waited for.</summary>
    public Func<EventBatch, bool> OnDeliver { get; set; } = _ => true;

    public void Write(EventBatch batch)
    {
        if (Interlocked.Exchange(ref _isWritten, true) || _isFlushing)
            throw new InvalidOperationException("Two threads write the same response.");
        if (!batch.IsEmpty)
        {
            if (batch.First != Last + 1)
                throw new InvalidOperationException($"Event {batch.First} follows {Last}.");
            Last = batch.Last;
        }
        Volatile.Write(ref _isWritten, false);
    }

    public bool TryDeliver(EventBatch batch)
    {
        Write(batch);
        Deliveries++;
        _isFlushing = !OnDeliver(batch) || random?.Next(10) == 0;
        return !_isFlushing;
    }

    public async ValueTask<bool> FlushAsync()
    {
        if (random?.Next(10) == 0)
            await Task.Yield();
        _isFlushing = false;
        return true;
    }
}
