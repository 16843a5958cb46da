using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.Application.Writing;

/// <summary>
/// Decides what becomes of several writes to one stream, in their order, and collects the events of those that are accepted for one
/// append. Nothing has happened until that append is stored.
/// </summary>
internal sealed class AppendPlan(WriterPosition from, StreamsOptions options)
{
    private readonly List<(PendingWrite Write, Outcome<AppendReceipt> Outcome)> _outcomes = [];
    private readonly List<ReadOnlyMemory<char>> _segments = [];
    private ProducerState _producers = from.Producers;
    private EventPage? _page;
    private long _segmentCount = from.Segments;
    private long _characters = from.Characters;
    private bool _isClosed = from.IsClosed;

    /// <summary>The plan of a stream that is about to be created: it begins with its first event.</summary>
    public static AppendPlan ForNewStream(StreamHead head, StreamsOptions options)
    {
        var started = EventData.Started(head.Id, head.Source);
        var page = EventPagePool.Rent(head.Id, 1);
        page.Add(started.Kind, started.Data.Span);
        return new AppendPlan(new WriterPosition(head, 0, 0, 0, IsClosed: false, new ProducerState()), options) { _page = page };
    }

    /// <summary>The accepted events; empty if there are none.</summary>
    public EventBatch Batch => _page?.All ?? default;

    /// <summary>The state of the producers after the append; null if the stored one stays.</summary>
    public byte[]? Checkpoint { get; private set; }

    /// <summary>Where the stream is after the append.</summary>
    public WriterPosition To => new(from.Head, Last, _segmentCount, _characters, _isClosed, _producers);

    /// <summary>The terminal event with the reason; null if the stream stays open.</summary>
    public StreamEvent? Terminal { get; private set; }

    /// <summary>True if a missing append may be one that another node has stored: only the store can tell.</summary>
    public bool IsInDoubt { get; private set; }

    private long Last => from.Last + (_page?.Count ?? 0);

    public void Add(PendingWrite write) => _outcomes.Add((write, Decide(write)));

    /// <summary>To be called after the last write.</summary>
    public void Seal()
    {
        if (_page is not null && !_producers.IsEmpty && (_isClosed || _producers != from.Producers))
            Checkpoint = _producers.Encode();
    }

    /// <summary>Answers the writes: the append is stored, or there is nothing to store.</summary>
    public void Complete()
    {
        foreach (var (write, outcome) in _outcomes)
            write.Complete(outcome);
    }

    /// <summary>No reader may use the batch any more.</summary>
    public void Release()
    {
        if (_page is not null)
            EventPagePool.Return(_page);
        _page = null;
    }

    private Outcome<AppendReceipt> Decide(PendingWrite write)
    {
        var outcome = _producers.Judge(write.Producer, write.Order, _isClosed);
        IsInDoubt |= outcome is AppendOutcome.Gap or AppendOutcome.BadStart;
        if (outcome is not AppendOutcome.Appended)
            return CreateReceipt(outcome, write.Producer);

        _segments.Clear();
        foreach (var text in write.Texts)
            TextSegments.Add(text, _segments);
        var characters = write.Characters;
        // One event is left for the end.
        if (Last + _segments.Count >= options.MaxEventsPerStream && _segments.Count > 0)
            return new Refusal(RefusalReason.TooLarge, $"The stream would have more than {options.MaxEventsPerStream} events: nothing was appended.");
        if (_characters + characters > options.MaxCharactersPerStream)
            return new Refusal(RefusalReason.TooLarge, $"The text would have more than {options.MaxCharactersPerStream} characters: nothing was appended.");

        _page ??= EventPagePool.Rent(from.Head.Id, from.Last + 1);
        foreach (var segment in _segments)
            _page.AddSegment(segment.Span);
        _segmentCount += _segments.Count;
        _characters += characters;
        if (write.Ending?.CreateEvent(_segmentCount, _characters) is { } terminal)
        {
            _page.Add(terminal.Kind, terminal.Data.Span);
            (Terminal, _isClosed) = (terminal, true);
        }
        if (write.Producer is not null || write.Order is not null)
        {
            if (_producers == from.Producers)
                _producers = _producers.Clone();
            _producers.Record(write.Producer, write.Order, Last);
        }
        return CreateReceipt(outcome, write.Producer);
    }

    private AppendReceipt CreateReceipt(AppendOutcome outcome, ProducerPosition? sent) => new(outcome, new EventId(from.Head.Id, Last), _isClosed)
    {
        Producer = sent is null ? null : _producers.Find(sent.Id),
        ExpectedSequence = outcome is AppendOutcome.Gap ? _producers.GetExpectedSequence(sent!) : null,
        ReceivedSequence = outcome is AppendOutcome.Gap ? sent!.Sequence : null,
    };
}
