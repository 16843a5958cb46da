namespace SseStreaming.Testing.Network;

/// <summary>Holds one way of a connection to a rate.</summary>
internal sealed class Pace
{
    /// <summary>A slow network does not send what it may in a second all at once.</summary>
    private const int PiecesPerSecond = 50;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private TimeSpan _due;

    public static int PieceOf(Weather weather) => Math.Clamp(weather.BytesPerSecond / PiecesPerSecond, 1, weather.PieceBytes);

    /// <summary>Waits until the next bytes may pass.</summary>
    public async ValueTask PassAsync(Weather weather, int bytes, CancellationToken cancellationToken)
    {
        if (weather.BytesPerSecond < int.MaxValue)
        {
            var elapsed = TimeProvider.System.GetElapsedTime(_begun);
            _due = (_due > elapsed ? _due : elapsed) + TimeSpan.FromSeconds((double)bytes / weather.BytesPerSecond);
            if (_due - elapsed >= ShortestWait)
                await Task.Delay(_due - elapsed, TimeProvider.System, cancellationToken);
        }
        else if (weather.PieceBytes < int.MaxValue)
        {
            // Or the next piece is sent before anybody could have read this one.
            await Task.Yield();
        }
    }
}
