using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;

namespace SseStreaming.Application.Writing;

/// <summary>
/// What a stream knows about its producers. It is stored with each append, as the checkpoint of the stream, so that a repeated append is
/// found whatever happened since.
/// </summary>
internal sealed class ProducerState
{
    /// <summary>Producers that a stream remembers; beyond it, it forgets the one that was unused for the longest time.</summary>
    public const int MaxProducers = 1_000;

    private const int Version = 1;

    private readonly Dictionary<string, ProducerEntry> _producers;
    private string? _order;

    public ProducerState()
        : this([], order: null)
    {
    }

    private ProducerState(Dictionary<string, ProducerEntry> producers, string? order) => (_producers, _order) = (producers, order);

    /// <summary>True if no append had a producer or an order, so that there is nothing to store.</summary>
    public bool IsEmpty => _producers.Count == 0 && _order is null;

    public ProducerState Clone() => new(new Dictionary<string, ProducerEntry>(_producers, StringComparer.Ordinal), _order);

    /// <summary>The last position of a producer; null if it is not known.</summary>
    public ProducerPosition? Find(string producerId) =>
        _producers.TryGetValue(producerId, out var entry) ? new ProducerPosition(producerId, entry.Epoch, entry.Sequence) : null;

    /// <summary>What becomes of an append, in the order in which the protocol of Durable Streams decides: the end, the producer, the order.</summary>
    public AppendOutcome Judge(ProducerPosition? producer, string? order, bool isClosed)
    {
        var outcome = producer is null ? AppendOutcome.Appended : Judge(producer);
        // A repeat was stored before the end, whichever append ended the stream.
        return outcome is AppendOutcome.Repeated ? outcome
            : isClosed ? AppendOutcome.Closed
            : outcome is AppendOutcome.Appended && order is not null && !IsAbove(order, _order) ? AppendOutcome.OutOfOrder
            : outcome;
    }

    /// <summary>The sequence that follows the last one of a producer in its epoch.</summary>
    public long GetExpectedSequence(ProducerPosition producer) =>
        _producers.TryGetValue(producer.Id, out var entry) && entry.Epoch == producer.Epoch ? entry.Sequence + 1 : 0;

    /// <summary>Records an append whose last event has a sequence.</summary>
    public void Record(ProducerPosition? producer, string? order, long last)
    {
        _order = order ?? _order;
        if (producer is null)
            return;
        _producers[producer.Id] = new ProducerEntry(producer.Epoch, producer.Sequence, last);
        if (_producers.Count > MaxProducers)
            _producers.Remove(_producers.MinBy(entry => entry.Value.Last).Key);
    }

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(new StoredProducers(Version, _order, _producers), StoredProducersJson.Default.StoredProducers);

    /// <summary>An empty state without a checkpoint.</summary>
    /// <exception cref="NotSupportedException">A later version encoded it: to go on without it could append a repeat twice.</exception>
    public static ProducerState Decode(byte[]? checkpoint)
    {
        if (checkpoint is null)
            return new ProducerState();
        return JsonSerializer.Deserialize(checkpoint, StoredProducersJson.Default.StoredProducers) is { Version: Version } stored
            ? new ProducerState(new Dictionary<string, ProducerEntry>(stored.Producers, StringComparer.Ordinal), stored.Order)
            : throw new NotSupportedException("The state of the producers was stored by a later version.");
    }

    private AppendOutcome Judge(ProducerPosition producer)
    {
        if (!_producers.TryGetValue(producer.Id, out var last))
            return producer.Sequence == 0 ? AppendOutcome.Appended : AppendOutcome.Gap;
        if (producer.Epoch != last.Epoch)
            return producer.Epoch < last.Epoch ? AppendOutcome.Fenced
                : producer.Sequence == 0 ? AppendOutcome.Appended
                : AppendOutcome.BadStart;
        return producer.Sequence <= last.Sequence ? AppendOutcome.Repeated
            : producer.Sequence == last.Sequence + 1 ? AppendOutcome.Appended
            : AppendOutcome.Gap;
    }

    private static bool IsAbove(string order, string? last) =>
        last is null || Encoding.UTF8.GetBytes(order).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(last)) > 0;
}
