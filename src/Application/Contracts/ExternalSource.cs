namespace SseStreaming.Application.Contracts;

/// <summary>The source of streams that clients write. It has no generator.</summary>
internal static class ExternalSource
{
    public const string Name = "external";
}
