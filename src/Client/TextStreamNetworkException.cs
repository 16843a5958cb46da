using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Client;

/// <summary>The server could not be reached, or the connection ended before the stream did.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public sealed class TextStreamNetworkException : TextStreamException
{
    internal TextStreamNetworkException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True if the server ended the response regularly, because it stops: the stream continues there or on another server.</summary>
    public bool IsEndedByServer { get; internal init; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
