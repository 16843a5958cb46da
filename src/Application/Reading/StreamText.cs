namespace SseStreaming.Application.Reading;

/// <summary>The passage of a stream as it stands, on its way to one client.</summary>
/// <param name="pieces">UTF-8, in pieces that may end inside a character.</param>
/// <param name="presence">Disposed when it has been sent, or can't be.</param>
public sealed class StreamText(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, IDisposable? presence = null) : IDisposable
{
    public IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces => pieces;

    public void Dispose() => presence?.Dispose();
}
