using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Controllers.Models;

/// <summary>The state of a stream.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Source">Name of the source that generates the text.</param>
/// <param name="Status">Whether the stream is running, and how it ended otherwise.</param>
/// <param name="Created">When the stream was started.</param>
/// <param name="Segments">Number of segments so far.</param>
/// <param name="Characters">Length of the text so far in UTF-16 code units, as `length` counts in JavaScript and C#.</param>
/// <param name="Viewers">Number of open responses.</param>
/// <param name="LastEventId">Id of the last event that is stored.</param>
/// <param name="Reason">Why the stream ended: the finish reason, the stop reason or the type of the problem; null while it is running.</param>
/// <param name="Thread">The thread that the stream was started with; null if it has none.</param>
internal sealed record StreamStateModel(
    string Id,
    string Source,
    StreamStatusModel Status,
    DateTimeOffset Created,
    long Segments,
    long Characters,
    int Viewers,
    string LastEventId,
    string? Reason,
    string? Thread)
{
    internal static StreamStateModel From(StreamState state) => new(
        state.Id.ToString(), state.Source, (StreamStatusModel)state.Status, state.Created, state.Segments, state.Characters,
        state.Viewers, state.LastEventId.ToString(), state.Reason, state.Thread);
}
