namespace SseStreaming.Application.Reading;

/// <summary>The passage of a stream as it stands, on its way to one client.</summary>
/// <param name="pieces">UTF-8, in pieces that may end inside a character.</param>
/// <param name="slot">Disposed when it has been sent, or can't be.</param>
public sealed class StreamText(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, IDisposable? slot = null) : IDisposable
{
    public IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces => pieces;

    public void Dispose() => slot?.Dispose();
}
