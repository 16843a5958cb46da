using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <summary>All that can be done with streams of generated text. Every refusal comes before anything is written. To a caller who may not
/// read it, a stream is unknown.</summary>
public interface ITextStreamService
{
    /// <summary>The sources that can be asked for.</summary>
    IReadOnlyList<SourceDescription> Sources { get; }

    /// <summary>The source of a request that names none.</summary>
    string DefaultSource { get; }

    /// <summary>Starts a generation that nobody views yet; without a viewer within the grace it is stopped.</summary>
    ValueTask<Outcome<StartedStream>> StartAsync(Caller caller, StartRequest request, CancellationToken cancellationToken);

    /// <summary>Starts a generation, or joins the one that the same idempotency key began, and views it from its first event.</summary>
    ValueTask<Outcome<StreamViewer>> StartViewingAsync(Caller caller, StartRequest request, CancellationToken cancellationToken);

    /// <summary>Views a stream after a position; 0 is its beginning.</summary>
    ValueTask<Outcome<StreamViewer>> ViewAsync(Caller caller, StreamId streamId, long after, CancellationToken cancellationToken);

    ValueTask<Outcome<StreamState>> GetStateAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>The passage as it stands now.</summary>
    ValueTask<Outcome<StreamText>> ReadTextAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>A stream that is the caller's own; of others it is unknown, and what is shared is nobody's own.</summary>
    ValueTask<Outcome<StreamHead>> FindOwnAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Stops a generation of the caller's own and waits until its stream is closed. One that has ended stays as it is.</summary>
    ValueTask<Outcome<StreamState>> StopAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);
}
