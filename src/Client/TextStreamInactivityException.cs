using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SseStreaming.Client;

/// <summary>The connection was open, but nothing arrived, not even a heartbeat.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public sealed class TextStreamInactivityException : TextStreamException
{
    internal TextStreamInactivityException(TimeSpan duration)
        : base(string.Create(CultureInfo.InvariantCulture, $"The server sent nothing for {duration.TotalSeconds:0.#} seconds.")) => Duration = duration;

    /// <summary>How long nothing arrived.</summary>
    public TimeSpan Duration { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
