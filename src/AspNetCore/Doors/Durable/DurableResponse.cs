using System.Globalization;
using SseStreaming.Application.Contracts;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>The headers that the answers of this door share.</summary>
internal static class DurableResponse
{
    /// <summary>The metadata of a stream.</summary>
    public static void SetStream(this HttpResponse response, DurableStream stream)
    {
        var state = stream.State;
        response.SetStreamId(state.Id);
        response.SetOffset(state, stream.Last, stream.IsClosed);
        if (state.TimeToLive is { } timeToLive)
            response.Headers[DurableHeaders.TimeToLive] = ((long)timeToLive.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        else if (state.Expires is { } expires)
            response.Headers[DurableHeaders.ExpiresAt] = expires.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
    }

    /// <summary>The last position of the producer.</summary>
    public static void SetProducer(this HttpResponse response, ProducerPosition producer)
    {
        response.Headers[ProducerHeaders.Epoch] = producer.Epoch.ToString(CultureInfo.InvariantCulture);
        response.Headers[ProducerHeaders.Sequence] = producer.Sequence.ToString(CultureInfo.InvariantCulture);
    }

    public static void SetOffset(this HttpResponse response, StreamState state, long last, bool isClosed)
    {
        response.Headers[DurableHeaders.NextOffset] = StreamOffset.At(state, last).ToString();
        if (isClosed)
            response.Headers[DurableHeaders.Closed] = DurableHeaders.True;
    }
}
