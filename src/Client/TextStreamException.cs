using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Client;

/// <summary>A stream ended, or could not be opened. What was read before is in <see cref="TextStream.Passage"/>.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public abstract class TextStreamException : Exception
{
    private protected TextStreamException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True if the same request can succeed later.</summary>
    public abstract bool IsTransient { get; }
}
