using System.ComponentModel.DataAnnotations;

namespace SseStreaming.AspNetCore.Hosting;

/// <summary>Section <c>Limits</c>, the size of request bodies.</summary>
internal sealed class BodyLimit
{
    public const string Section = "Limits";

    /// <summary>Bytes of a request body.</summary>
    [Range(1, int.MaxValue)]
    public int BodyBytes { get; set; } = 256 * 1024;
}
