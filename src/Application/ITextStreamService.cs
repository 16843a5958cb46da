using SseStreaming.Application.Contracts;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Sources;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <summary>
/// The operations on streams of generated text. A refusal comes before anything is written. A stream that the caller may not read is
/// unknown to it.
/// </summary>
public interface ITextStreamService
{
    /// <summary>The sources that a request may name.</summary>
    IReadOnlyList<SourceDescription> Sources { get; }

    /// <summary>The source of a request that names none.</summary>
    string DefaultSource { get; }

    /// <summary>Starts a generation without a viewer; it is stopped if no viewer connects within the grace.</summary>
    ValueTask<Outcome<StartedStream>> StartAsync(Caller caller, StartRequest request, CancellationToken cancellationToken);

    /// <summary>Starts a generation, or joins the one that was started with the same idempotency key, and views it from its first event.</summary>
    ValueTask<Outcome<StreamViewer>> StartViewingAsync(Caller caller, StartRequest request, CancellationToken cancellationToken);

    /// <summary>Views a stream after a position; 0 is its beginning.</summary>
    ValueTask<Outcome<StreamViewer>> ViewAsync(Caller caller, StreamId streamId, long after, CancellationToken cancellationToken);

    /// <summary>The state of a stream.</summary>
    ValueTask<Outcome<StreamState>> GetStateAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>The passage that is stored now.</summary>
    ValueTask<Outcome<StreamText>> ReadTextAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Finds a stream that the caller owns. A shared stream has no owner.</summary>
    ValueTask<Outcome<StreamHead>> FindOwnAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>Stops a generation that the caller owns, and waits until its stream is closed. A closed stream stays as it is.</summary>
    ValueTask<Outcome<StreamState>> StopAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);

    /// <summary>The state of the last stream of the caller that was started with a thread.</summary>
    ValueTask<Outcome<StreamState>> FindLastAsync(Caller caller, string thread, CancellationToken cancellationToken);

    /// <summary>The streams that an authenticated caller owns, newest first. Shared streams have no owner.</summary>
    ValueTask<Outcome<StreamList>> ListAsync(Caller caller, StreamFilter filter, CancellationToken cancellationToken);

    /// <summary>Stops the generation of a stream that the caller owns, and drops the stream, which is unknown from then on. Returns its last state.</summary>
    ValueTask<Outcome<StreamState>> ForgetAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);
}
