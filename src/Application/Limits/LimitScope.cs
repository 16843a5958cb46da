namespace SseStreaming.Application.Limits;

/// <summary>The bound that is in the way.</summary>
internal enum LimitScope
{
    None,
    Client,
    Server,
}
