namespace SseStreaming.EnduranceTests.Harness;

/// <summary>Kinds of bad weather, each by itself, and any mixture of them.</summary>
internal static class Weathers
{
    /// <summary>About how many bytes of a connection get through before a random break.</summary>
    private const int BreakBelow = 3_000;

    /// <summary>A request is shorter.</summary>
    private const int BreakRequestBelow = 400;

    public static IReadOnlyDictionary<string, Func<Random, Weather>> Alone { get; } = new Dictionary<string, Func<Random, Weather>>
    {
        ["delayed"] = random => new Weather { Delay = TimeSpan.FromMilliseconds(random.Next(10, 150)) },
        ["split at every byte"] = _ => new Weather { PieceBytes = 1 },
        ["split at random"] = random => new Weather { PieceBytes = random.Next(2, 100) },
        ["throttled"] = random => new Weather { BytesPerSecond = random.Next(1_000, 4_000) },
        ["closed"] = random => new Weather { Break = Random(random, BreakKind.Close) },
        ["reset"] = random => new Weather { Break = Random(random, BreakKind.Reset) },
        ["silent"] = random => new Weather { Break = Random(random, BreakKind.Silence) },
    };

    /// <summary>Each kind by chance, all at once too. One connection in four holds.</summary>
    public static Weather Mixed(Random random) => new()
    {
        Delay = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(1, 100)),
        PieceBytes = random.Next(3) switch { 0 => 1, 1 => random.Next(2, 100), _ => int.MaxValue },
        BytesPerSecond = random.Next(3) == 0 ? random.Next(2_000, 20_000) : int.MaxValue,
        Break = random.Next(4) == 0 ? null : Random(random, (BreakKind)random.Next(3)),
    };

    private static Break Random(Random random, BreakKind kind) => random.Next(4) == 0
        ? new Break(kind, random.Next(BreakRequestBelow), Way.ToServer)
        : new Break(kind, random.Next(BreakBelow));
}
