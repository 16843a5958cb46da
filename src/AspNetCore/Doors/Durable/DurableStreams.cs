using SseStreaming.Application;
using SseStreaming.Application.Contracts;

namespace SseStreaming.AspNetCore.Doors.Durable;

/// <summary>Finds the stream that a path names.</summary>
internal sealed class DurableStreams(ITextStreamService streams, IExternalStreamService external)
{
    public async ValueTask<Outcome<DurableStream>> FindAsync(Caller caller, string? path, CancellationToken cancellationToken)
    {
        if (StreamPath.Parse(path) is not { } parsed)
            return Refusal.UnknownStream;
        if (parsed.StreamId is { } streamId)
        {
            return (await streams.GetStateAsync(caller, streamId, cancellationToken)).Try(out var state, out var refusal)
                ? new DurableStream(state, DurableContent.Utf8Text)
                : refusal;
        }
        return (await external.FindAsync(caller, parsed.Name, cancellationToken)).Try(out var named, out var unknown)
            ? new DurableStream(named.State, DurableContent.From(named.State))
            : unknown;
    }
}
