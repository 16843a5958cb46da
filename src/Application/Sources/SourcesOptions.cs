using System.ComponentModel.DataAnnotations;

namespace SseStreaming.Application.Sources;

/// <summary>Section <c>Sources</c>.</summary>
public sealed class SourcesOptions
{
    public const string Section = "Sources";

    /// <summary>The source of a request that names none.</summary>
    [Required]
    public string Default { get; set; } = "lorem";
}
