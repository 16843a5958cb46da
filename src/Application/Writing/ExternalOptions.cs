using System.ComponentModel.DataAnnotations;
using SseStreaming.Application.Sources;

namespace SseStreaming.Application.Writing;

/// <summary>Section <c>Sources:External</c>: streams that clients write.</summary>
internal sealed class ExternalOptions
{
    public const string Name = "External";

    public const string Section = $"{SourcesOptions.Section}:{Name}";

    /// <summary>How long an open stream may be without an append before it ends as failed; zero: no limit.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromHours(1);
}
