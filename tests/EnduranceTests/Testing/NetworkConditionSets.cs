namespace SseStreaming.EnduranceTests.Testing;

/// <summary>Kinds of network conditions, each alone, and random combinations of them.</summary>
internal static class NetworkConditionSets
{
    /// <summary>The upper bound of the bytes that a connection passes before a random break.</summary>
    private const int BreakBelow = 3_000;

    /// <summary>Lower for requests, because they are shorter.</summary>
    private const int BreakRequestBelow = 400;

    public static IReadOnlyDictionary<string, Func<Random, NetworkConditions>> Alone { get; } = new Dictionary<string, Func<Random, NetworkConditions>>
    {
        ["delayed"] = random => new NetworkConditions { Delay = TimeSpan.FromMilliseconds(random.Next(10, 150)) },
        ["split at every byte"] = _ => new NetworkConditions { PieceBytes = 1 },
        ["split at random"] = random => new NetworkConditions { PieceBytes = random.Next(2, 100) },
        ["throttled"] = random => new NetworkConditions { BytesPerSecond = random.Next(1_000, 4_000) },
        ["closed"] = random => new NetworkConditions { Fault = Random(random, NetworkFaultKind.Close) },
        ["reset"] = random => new NetworkConditions { Fault = Random(random, NetworkFaultKind.Reset) },
        ["silent"] = random => new NetworkConditions { Fault = Random(random, NetworkFaultKind.Silence) },
    };

    /// <summary>A random combination of all kinds. One connection in four has no fault.</summary>
    public static NetworkConditions Mixed(Random random) => new()
    {
        Delay = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(1, 100)),
        PieceBytes = random.Next(3) switch { 0 => 1, 1 => random.Next(2, 100), _ => int.MaxValue },
        BytesPerSecond = random.Next(3) == 0 ? random.Next(2_000, 20_000) : int.MaxValue,
        Fault = random.Next(4) == 0 ? null : Random(random, (NetworkFaultKind)random.Next(3)),
    };

    private static NetworkFault Random(Random random, NetworkFaultKind kind) => random.Next(4) == 0
        ? new NetworkFault(kind, random.Next(BreakRequestBelow), Direction.ToServer)
        : new NetworkFault(kind, random.Next(BreakBelow));
}
