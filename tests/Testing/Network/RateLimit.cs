namespace SseStreaming.Testing.Network;

/// <summary>Limits one direction of a connection to a rate.</summary>
internal sealed class RateLimit
{
    /// <summary>Spreads the bytes of a second over this number of pieces, because a slow network does not deliver them in one burst.</summary>
    private const int PiecesPerSecond = 50;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private TimeSpan _due;

    public static int GetPieceBytes(NetworkConditions conditions) => Math.Clamp(conditions.BytesPerSecond / PiecesPerSecond, 1, conditions.PieceBytes);

    /// <summary>Waits until the next bytes may be sent.</summary>
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
            // Without it the next piece may be sent before the receiver can read this one.
            await Task.Yield();
        }
    }
}
