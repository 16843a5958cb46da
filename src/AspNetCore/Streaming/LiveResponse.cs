using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;

namespace SseStreaming.AspNetCore.Streaming;

/// <summary>The response of one viewer, which is written either by its read loop or by an append that delivers its events.</summary>
internal sealed class LiveResponse(ResponseWriter writer, IStreamFraming framing, ResponseLifetime lifetime) : ILiveViewer
{
    /// <summary>Writes events that do not end the stream, or a heartbeat in place of none.</summary>
    public void Write(EventBatch batch)
    {
        if (batch.IsEmpty)
            writer.Write(": heartbeat\n\n"u8);
        else
            framing.Write(writer, batch);
    }

    /// <summary>Writes and sends the last events. False if the response has to end before all of them were sent.</summary>
    public async ValueTask<bool> WriteEndAsync(EventBatch batch)
    {
        var before = batch.Last - 1;
        if (batch.Count > 1)
            framing.Write(writer, batch.UpTo(before));
        var isWhole = await framing.WriteEndAsync(writer, batch.After(before), lifetime.Token);
        return await FlushAsync() && isWhole;
    }

    public ValueTask<bool> FlushAsync()
    {
        var flush = writer.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush);
        var outcome = flush.Result;
        return outcome is FlushOutcome.Flushed ? new(true) : WaitAsync(new(outcome));
    }

    public bool TryDeliver(EventBatch batch)
    {
        framing.Write(writer, batch);
        return writer.TryFlush();
    }

    private async ValueTask<bool> WaitAsync(ValueTask<FlushOutcome> flush)
    {
        if (await flush is FlushOutcome.Flushed)
            return true;
        // The read loop may be waiting for the store.
        await lifetime.CancelAsync();
        return false;
    }
}
