namespace SseStreaming.Application.Storage;

internal enum AppendResult
{
    Appended,

    /// <summary>Nothing was appended: the stream is closed, dropped, or owned by another node.</summary>
    Refused,

    /// <summary>Nothing was appended: the store is full. A terminal event is always accepted.</summary>
    Full,
}
