namespace SseStreaming.Testing.Network;

/// <summary>The conditions of a connection, the same in both directions. The default values have no effect.</summary>
public sealed record NetworkConditions
{
    public static NetworkConditions None { get; } = new();

    /// <summary>Minimum delay of all data.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Maximum number of bytes per write. The value 1 splits the data at every byte.</summary>
    public int PieceBytes { get; init; } = int.MaxValue;

    /// <summary>Maximum number of bytes per second in each direction.</summary>
    public int BytesPerSecond { get; init; } = int.MaxValue;

    /// <summary>The fault that breaks the connection; null for none.</summary>
    public NetworkFault? Fault { get; init; }
}

/// <summary>Breaks the connection at an exact byte.</summary>
/// <param name="Kind">How both ends are notified.</param>
/// <param name="At">Number of bytes that are relayed in the given direction before the fault.</param>
/// <param name="Direction">The direction in which bytes are counted; the fault breaks both directions.</param>
public sealed record NetworkFault(NetworkFaultKind Kind, long At, Direction Direction = Direction.ToClient);

public enum NetworkFaultKind
{
    /// <summary>The connection is closed as after a complete response: FIN.</summary>
    Close,

    /// <summary>The connection is reset: RST.</summary>
    Reset,

    /// <summary>Neither end is notified: no more data is relayed, and the connection stays open.</summary>
    Silence,
}

public enum Direction
{
    ToClient,
    ToServer,
}
