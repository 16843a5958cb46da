using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>A stream in a list.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Source">Name of the source that generates the text.</param>
/// <param name="Status">Whether the stream is running, and how it ended otherwise.</param>
/// <param name="Created">When the stream was started.</param>
/// <param name="Segments">Number of segments so far.</param>
/// <param name="Characters">Length of the text so far in UTF-16 code units.</param>
/// <param name="Thread">The thread that the stream was started with; null if it has none.</param>
internal sealed record StreamSummaryModel(
    string Id, string Source, StreamStatusModel Status, DateTimeOffset Created, long Segments, long Characters, string? Thread)
{
    internal static StreamSummaryModel From(StreamSummary stream) => new(
        stream.Id.ToString(), stream.Source, (StreamStatusModel)stream.Status, stream.Created, stream.Segments, stream.Characters, stream.Thread);
}
