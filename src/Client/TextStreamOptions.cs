namespace SseStreaming.Client;

/// <summary>How a client reconnects, and what it accepts.</summary>
public sealed class TextStreamOptions
{
    /// <summary>
    /// How long a connection may be silent before it is replaced. Used until the heartbeat of the server has been observed; from then on the
    /// limit follows it.
    /// </summary>
    public TimeSpan InactivityTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Maximum of the first delay before a reconnect, unless the server's <c>retry</c> field sets it. Later delays double it.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Maximum of all delays, unless the server asks for a longer one.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Consecutive connections that may fail before the stream does.</summary>
    public int MaxAttempts { get; init; } = 12;

    /// <summary>How long the server may take to confirm a stop.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Maximum bytes of one event.</summary>
    public int MaxEventBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Maximum length of the passage in UTF-16 code units.</summary>
    public int MaxPassageCharacters { get; init; } = 50_000_000;

    /// <summary>The clock of delays and time limits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
