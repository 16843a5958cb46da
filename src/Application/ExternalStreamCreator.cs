using Microsoft.Extensions.Options;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Writing;

namespace SseStreaming.Application;

/// <summary>Stores a stream that clients write with its first texts, in one step, and opens its writer.</summary>
internal sealed class ExternalStreamCreator(IEventStreamStore store, ExternalWriters writers, IOptions<StreamsOptions> options)
{
    /// <summary>Neither a state nor a refusal if another stream has the key.</summary>
    public async ValueTask<(StreamState? State, Refusal? Refusal)> TryCreateAsync(StreamHead head, ExternalStart start)
    {
        var plan = AppendPlan.ForNewStream(head, options.Value);
        var write = new PendingWrite { Texts = start.Texts, Ending = start.Ends ? PendingWrite.ToEnding(new ExternalEnd()) : null };
        plan.Add(write);
        plan.Complete();
        if ((await write.Outcome).Refusal is { } refusal)
            return (null, refusal);

        var position = plan.To;
        try
        {
            // Not cancelled with the request: a stream that exists must get its writer.
            var outcome = (await store.CreateAsync(head, plan.Batch, request: null, CancellationToken.None)).Outcome;
            plan.Release();
            if (outcome is CreateOutcome.Full)
                return (null, Refusal.Full());
            if (outcome is not CreateOutcome.Created)
                return (null, null);
            if (!position.IsClosed)
                writers.Open(head.Id, position);
            // Not read from the store, where the time of the stream may be over already.
            var status = plan.Terminal?.Kind.ToStatus() ?? StreamStatus.Running;
            return (StreamState.Create(head, position.Last, position.Segments, position.Characters, status, plan.Terminal, viewers: 0), null);
        }
        catch (StoreUnavailableException)
        {
            // It may exist all the same, and then this node has to end it when it is idle.
            writers.Open(head.Id, position: null);
            throw;
        }
    }
}
