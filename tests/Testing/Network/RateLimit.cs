namespace SseStreaming.Testing.Network;

/// <summary>Holds one way of a connection to a rate.</summary>
internal sealed class RateLimit
{
    /// <summary>A slow network does not send what it may in a second all at once.</summary>
    private const int PiecesPerSecond = 50;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private TimeSpan _due;

    public static int GetPieceBytes(NetworkConditions conditions) => Math.Clamp(conditions.BytesPerSecond / PiecesPerSecond, 1, conditions.PieceBytes);

    /// <summary>Waits until the next bytes may pass.</summary>
    public async ValueTask WaitAsync(NetworkConditions conditions, int bytes, CancellationToken cancellationToken)
    {
        if (conditions.BytesPerSecond < int.MaxValue)
        {
            var elapsed = TimeProvider.System.GetElapsedTime(_begun);
            _due = (_due > elapsed ? _due : elapsed) + TimeSpan.FromSeconds((double)bytes / conditions.BytesPerSecond);
            if (_due - elapsed >= ShortestWait)
                await Task.Delay(_due - elapsed, TimeProvider.System, cancellationToken);
        }
        else if (conditions.PieceBytes < int.MaxValue)
        {
            // Or the next piece is sent before anybody could have read this one.
            await Task.Yield();
        }
    }
}
