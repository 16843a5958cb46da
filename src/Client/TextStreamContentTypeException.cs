using System.Diagnostics.CodeAnalysis;

namespace SseStreaming.Client;

/// <summary>The server answered with status 200, but not with an event stream.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only this library creates these exceptions.")]
public sealed class TextStreamContentTypeException : TextStreamException
{
    internal TextStreamContentTypeException(string? contentType)
        : base($"The server answered with {contentType ?? "no content type"} instead of text/event-stream.") => ContentType = contentType;

    /// <summary>Content type of the answer; null if it had none.</summary>
    public string? ContentType { get; }

    /// <inheritdoc/>
    public override bool IsTransient => false;
}
