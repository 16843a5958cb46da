using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <summary>
/// The operations on streams that clients write: their source is <see cref="ExternalSource.Name"/>. They are read, stopped and forgotten
/// with <see cref="ITextStreamService"/>, as every stream.
/// </summary>
public interface IExternalStreamService
{
    /// <summary>
    /// Creates a stream with its first texts, or finds the one with the same name or idempotency key, which stays as it is. The same name
    /// with another configuration is a refusal (<see cref="RefusalReason.KeyReused"/>).
    /// </summary>
    ValueTask<Outcome<ExternalStream>> CreateAsync(Caller caller, ExternalStart start, CancellationToken cancellationToken);

    /// <summary>Finds the caller's stream with a name. It does not renew the time to live.</summary>
    ValueTask<Outcome<ExternalStream>> FindAsync(Caller caller, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Appends all texts or none, and ends the stream if the append says so. What the state of the stream or of the producer decides is in
    /// the receipt, and no refusal.
    /// </summary>
    ValueTask<Outcome<AppendReceipt>> AppendAsync(Caller caller, StreamId streamId, ExternalAppend append, CancellationToken cancellationToken);

    /// <summary>Renews the time to live of a stream that is read; without one, or for an unknown stream, nothing changes.</summary>
    ValueTask RenewAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken);
}
