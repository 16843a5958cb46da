using SseStreaming.Application.Contracts;

namespace SseStreaming.Api.Controllers.Models;

/// <summary>A stream as clients see it.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Source">Name of the source that generates the text.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Created">When it was started.</param>
/// <param name="Segments">Segments so far.</param>
/// <param name="Characters">Length of the passage so far in UTF-16 code units, as <c>length</c> counts in JavaScript and C#.</param>
/// <param name="Viewers">Responses that are open now.</param>
/// <param name="LastEventId">Id of the last event that is stored.</param>
/// <param name="Reason">How it ended: the finish reason, the reason of the stop or the type of the problem; null while it runs.</param>
internal sealed record StreamStateModel(
    string Id,
    string Source,
    StreamStatusModel Status,
    DateTimeOffset Created,
    long Segments,
    long Characters,
    int Viewers,
    string LastEventId,
    string? Reason)
{
    internal static StreamStateModel From(StreamState state) => new(
        state.Id.ToString(), state.Source, (StreamStatusModel)state.Status, state.Created, state.Segments, state.Characters,
        state.Viewers, state.LastEventId.ToString(), state.Reason);
}
