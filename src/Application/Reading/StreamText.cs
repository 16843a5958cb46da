namespace SseStreaming.Application.Reading;

/// <summary>The passage of a stream, for one response.</summary>
/// <param name="pieces">UTF-8, in pieces that may end inside a character.</param>
/// <param name="slot">Disposed when the response ends.</param>
public sealed class StreamText(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, IDisposable? slot = null) : IDisposable
{
    /// <summary>The passage, in UTF-8.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces => pieces;

    /// <summary>Releases the slot of the reader.</summary>
    public void Dispose() => slot?.Dispose();
}
