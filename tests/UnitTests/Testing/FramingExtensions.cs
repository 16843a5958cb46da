using SseStreaming.Application.Events;
using SseStreaming.AspNetCore.Streaming;

namespace SseStreaming.UnitTests.Testing;

internal static class FramingExtensions
{
    /// <summary>Writes a batch as the formatter does.</summary>
    public static async Task WriteAllAsync(this IStreamFraming framing, ResponseWriter writer, EventBatch batch)
    {
        var before = batch.EndsStream ? batch.Last - 1 : batch.Last;
        if (before >= batch.First)
            framing.Write(writer, batch.UpTo(before));
        if (batch.EndsStream)
            Assert.That(await framing.WriteEndAsync(writer, batch.After(before), CancellationToken.None));
    }
}
