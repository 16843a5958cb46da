using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Client;

/// <summary>The text exceeds a limit of <see cref="TextStreamOptions"/>.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public sealed class TextStreamTooLargeException : TextStreamException
{
    internal TextStreamTooLargeException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => false;
}
