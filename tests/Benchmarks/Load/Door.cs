namespace SseStreaming.Benchmarks.Load;

/// <summary>The ways in which this server serves the same stream.</summary>
internal enum Door
{
    Native,
    ChatCompletions,
    Responses,
    AiSdk,
}
