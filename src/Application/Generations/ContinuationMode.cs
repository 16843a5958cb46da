namespace SseStreaming.Application.Generations;

/// <summary>When the interrupted generations of a generator are continued.</summary>
public enum ContinuationMode
{
    /// <summary>Never: they end as failed.</summary>
    Never,

    /// <summary>As soon as another node or the next process has taken them over.</summary>
    AtOnce,

    /// <summary>When a viewer is back, because to continue costs money; at once if the request asked to continue without viewers.</summary>
    WhenViewed,
}
