namespace SseStreaming.Application.Limits;

/// <summary>The bound that is in the way.</summary>
internal enum ReachedBound
{
    None,
    PerClient,
    InAll,
}
