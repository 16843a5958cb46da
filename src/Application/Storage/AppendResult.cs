namespace SseStreaming.Application.Storage;

public enum AppendResult
{
    Appended,

    /// <summary>Nothing was appended: the stream is closed, gone, or has another writer.</summary>
    Refused,

    /// <summary>Nothing was appended: the store has no room. A terminal event always has.</summary>
    Full,
}
