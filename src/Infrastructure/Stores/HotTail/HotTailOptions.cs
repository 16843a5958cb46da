using System.ComponentModel.DataAnnotations;
using SseStreaming.Application;

namespace SseStreaming.Infrastructure.Stores.HotTail;

/// <summary>Section <c>Streams</c>, the settings of the cache of recent events.</summary>
internal sealed class HotTailOptions
{
    public const string Section = StreamsOptions.Section;

    /// <summary>Bytes of recent events that a node keeps in memory in front of a database.</summary>
    [Range(64 * 1024, long.MaxValue)]
    public long HotTailBytes { get; set; } = 128L * 1024 * 1024;
}
