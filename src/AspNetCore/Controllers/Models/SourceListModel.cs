using SseStreaming.Application;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>The sources of this server.</summary>
/// <param name="Default">Name of the source for requests that name none.</param>
/// <param name="Sources">The sources, ordered by name.</param>
internal sealed record SourceListModel(string Default, IReadOnlyList<SourceModel> Sources)
{
    internal static SourceListModel From(ITextStreamService streams) =>
        new(streams.DefaultSource, [.. streams.Sources.Select(source => SourceModel.From(source, streams.DefaultSource))]);
}
