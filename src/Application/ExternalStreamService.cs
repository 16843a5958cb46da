using SseStreaming.Application.Contracts;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <inheritdoc cref="IExternalStreamService"/>
internal sealed class ExternalStreamService : IExternalStreamService
{
    public ValueTask<Outcome<ExternalStream>> CreateAsync(Caller caller, ExternalStart start, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public ValueTask<Outcome<ExternalStream>> FindAsync(Caller caller, string name, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public ValueTask<Outcome<AppendReceipt>> AppendAsync(
        Caller caller, StreamId streamId, ExternalAppend append, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask RenewAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
