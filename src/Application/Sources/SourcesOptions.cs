namespace SseStreaming.Application.Sources;

/// <summary>Section <c>Sources</c>.</summary>
internal sealed class SourcesOptions
{
    public const string Section = "Sources";

    /// <summary>The source of a request that names none; by default <c>lorem</c>, or the only source.</summary>
    public string? Default { get; set; }

    /// <summary>False leaves the source <c>lorem</c> out.</summary>
    public bool Lorem { get; set; } = true;
}
