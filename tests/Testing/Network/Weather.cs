namespace SseStreaming.Testing.Network;

/// <summary>What a network does to a connection, both ways alike. By itself it does nothing.</summary>
public sealed record Weather
{
    public static Weather Clear { get; } = new();

    /// <summary>By how much later everything arrives, at the least.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How many bytes travel together at the most. With 1 they are split at every byte.</summary>
    public int PieceBytes { get; init; } = int.MaxValue;

    /// <summary>How many bytes get through in a second, each way.</summary>
    public int BytesPerSecond { get; init; } = int.MaxValue;

    /// <summary>Where the connection breaks, if it does.</summary>
    public Break? Break { get; init; }
}

/// <summary>A break at an exact byte: the first one that does not get through.</summary>
/// <param name="Kind">How both ends are told.</param>
/// <param name="At">How many bytes of the way get through before, from the beginning of the connection.</param>
/// <param name="Way">On which way bytes are counted; it breaks on both.</param>
public sealed record Break(BreakKind Kind, long At, Way Way = Way.ToClient);

public enum BreakKind
{
    /// <summary>The connection is closed, as if all had been said: FIN.</summary>
    Close,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Nobody is told: nothing gets through any more, and the connection stays open.</summary>
    Silence,
}

public enum Way
{
    ToClient,
    ToServer,
}
