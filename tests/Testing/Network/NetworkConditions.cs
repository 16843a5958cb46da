namespace SseStreaming.Testing.Network;

/// <summary>What a network does to a connection, both ways alike. By itself it does nothing.</summary>
public sealed record NetworkConditions
{
    public static NetworkConditions None { get; } = new();

    /// <summary>By how much later everything arrives, at the least.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How many bytes travel together at the most. With 1 they are split at every byte.</summary>
    public int PieceBytes { get; init; } = int.MaxValue;

    /// <summary>How many bytes get through in a second, each way.</summary>
    public int BytesPerSecond { get; init; } = int.MaxValue;

    /// <summary>Where the connection breaks, if it does.</summary>
    public NetworkFault? Fault { get; init; }
}

/// <summary>A break at an exact byte: the first one that does not get through.</summary>
/// <param name="Kind">How both ends are told.</param>
/// <param name="At">How many bytes of the way get through before, from the beginning of the connection.</param>
/// <param name="Direction">On which way bytes are counted; it breaks on both.</param>
public sealed record NetworkFault(NetworkFaultKind Kind, long At, Direction Direction = Direction.ToClient);

public enum NetworkFaultKind
{
    /// <summary>The connection is closed, as if all had been said: FIN.</summary>
    Close,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Nobody is told: nothing gets through any more, and the connection stays open.</summary>
    Silence,
}

public enum Direction
{
    ToClient,
    ToServer,
}
