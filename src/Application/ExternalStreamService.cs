using System.Diagnostics.CodeAnalysis;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Limits;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Writing;
using SseStreaming.Domain;

namespace SseStreaming.Application;

/// <inheritdoc cref="IExternalStreamService"/>
internal sealed class ExternalStreamService(
    ITextStreamService streams,
    IEventStreamStore store,
    ExternalWriters writers,
    ExternalStreamCreator creator,
    StreamRenewal renewal,
    ClientLimits clientLimits,
    Drain drain,
    TimeProvider time) : IExternalStreamService
{
    private const int MaxOrderCharacters = 256;

    public async ValueTask<Outcome<ExternalStream>> CreateAsync(Caller caller, ExternalStart start, CancellationToken cancellationToken)
    {
        if (!Validate(start, out var refusal))
            return refusal;
        if (drain.HasBegun)
            return Refusal.Stopping(drain.NextRetryDelay());

        var head = CreateHead(caller, start);
        while (true)
        {
            // Before the limits: a repeated request creates nothing, so no limit applies.
            if (head.Idempotency is { Key: var key } && await store.FindByKeyAsync(key, cancellationToken) is { } existing)
            {
                if (!existing.Head.HasExpired(time.GetUtcNow()))
                    return existing.Head.Idempotency == head.Idempotency ? await GetAsync(caller, existing.Head.Id, cancellationToken) : Reused(start);
                await store.ForgetAsync(existing.Head.Id, cancellationToken);
            }
            if (clientLimits.CountStart(caller) is { } limited)
                return limited;
            var (state, refused) = await creator.TryCreateAsync(head, start);
            if (refused is not null)
                return refused;
            if (state is not null)
                return new ExternalStream(state, Existed: false);
            // Another request has created it since.
        }
    }

    public async ValueTask<Outcome<ExternalStream>> FindAsync(Caller caller, string name, CancellationToken cancellationToken) =>
        IsName(name) && await store.FindByKeyAsync(Idempotency.ScopeName(caller.Subject, name), cancellationToken) is { } record
            ? await GetAsync(caller, record.Head.Id, cancellationToken)
            : Refusal.UnknownStream;

    public async ValueTask<Outcome<AppendReceipt>> AppendAsync(
        Caller caller, StreamId streamId, ExternalAppend append, CancellationToken cancellationToken)
    {
        if (!Validate(append, out var refusal))
            return refusal;
        var head = FindWritten(caller, streamId);
        if (head is null && !(await streams.FindOwnAsync(caller, streamId, cancellationToken)).Try(out head, out refusal))
            return refusal;
        if (head.Source != ExternalSource.Name)
            return new Refusal(RefusalReason.Forbidden, $"The source '{head.Source}' writes this stream. Clients append to streams whose source is '{ExternalSource.Name}'.");

        var outcome = await writers.WriteAsync(streamId, PendingWrite.From(append));
        // Not cancelled: the append is stored, and the client needs its receipt.
        if (outcome.Value is { Outcome: AppendOutcome.Appended })
            await renewal.RenewAsync(head, CancellationToken.None);
        return outcome;
    }

    public async ValueTask RenewAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(streamId, cancellationToken) is { } record && caller.MayRead(record.Head) && !record.Head.HasExpired(time.GetUtcNow()))
            await renewal.RenewAsync(record.Head, cancellationToken);
    }

    /// <summary>Saves a query for each append. A stream with a time of its own may have expired.</summary>
    private StreamHead? FindWritten(Caller caller, StreamId streamId) =>
        writers.FindHead(streamId) is { } head && head.Expires is null && caller.Owns(head) ? head : null;

    private async ValueTask<Outcome<ExternalStream>> GetAsync(Caller caller, StreamId streamId, CancellationToken cancellationToken) =>
        (await streams.GetStateAsync(caller, streamId, cancellationToken)).Try(out var state, out var refusal)
            ? new ExternalStream(state, Existed: true)
            : refusal;

    private StreamHead CreateHead(Caller caller, ExternalStart start)
    {
        var now = time.GetUtcNow();
        var key = start.Name is { } name ? Idempotency.ScopeName(caller.Subject, name)
            : start.IdempotencyKey is { } sent ? Idempotency.ScopeKey(caller.Subject, sent)
            : null;
        return new StreamHead(StreamId.New(), ExternalSource.Name, now)
        {
            Owner = caller.Subject,
            Thread = start.Thread,
            Properties = start.Properties,
            TimeToLive = start.TimeToLive,
            Expires = start.Expires ?? (start.TimeToLive is { } timeToLive ? now + timeToLive : null),
            Idempotency = key is null ? null : new Idempotency(key, RequestDigest.Compute(start)),
        };
    }

    private static bool Validate(ExternalStart start, [NotNullWhen(false)] out Refusal? refusal)
    {
        if (!StreamLabels.Validate(start.Thread, start.Properties, out refusal))
            return false;
        refusal = start.Name is { } name && !IsName(name)
                ? Refusal.Invalid("name", $"The name must have 1 to {ExternalStart.MaxNameCharacters} characters, and neither spaces nor control characters.")
            : start is { Name: not null, IdempotencyKey: not null }
                ? Refusal.Invalid("name", "A stream with a name needs no idempotency key.")
            : start is { TimeToLive: not null, Expires: not null }
                ? Refusal.Invalid("expires", "A stream has either a time to live or a time at which it expires.")
            : start.TimeToLive < TimeSpan.Zero || start.TimeToLive > ExternalStart.MaxTimeToLive
                ? Refusal.Invalid("timeToLive", $"The time to live must be from 0 to {ExternalStart.MaxTimeToLive.TotalSeconds} seconds.")
            : null;
        return refusal is null;
    }

    private static bool Validate(ExternalAppend append, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = append.End is null && append.Texts.All(text => text.Length == 0) ? Refusal.Invalid("text", "The append has no text.")
            : append.Producer is { } producer && (producer.Id.Length is 0 or > ProducerPosition.MaxIdCharacters || producer.Epoch < 0 || producer.Sequence < 0)
                ? Refusal.Invalid("producer", $"A producer has an id of 1 to {ProducerPosition.MaxIdCharacters} characters, and neither its epoch nor its sequence is negative.")
            : append.Order is { Length: 0 or > MaxOrderCharacters } ? Refusal.Invalid("order", $"The order must have 1 to {MaxOrderCharacters} characters.")
            : null;
        return refusal is null;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= ExternalStart.MaxNameCharacters && !name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c));

    private static Refusal Reused(ExternalStart start) => new(RefusalReason.KeyReused, start.Name is null
        ? "The Idempotency-Key was used before with a different request."
        : "The name belongs to a stream with another configuration.");
}
