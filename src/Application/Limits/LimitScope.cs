namespace SseStreaming.Application.Limits;

/// <summary>The limit that was reached.</summary>
internal enum LimitScope
{
    None,
    Client,
    Server,
}
