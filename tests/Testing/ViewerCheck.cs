using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using NUnit.Framework;

namespace SseStreaming.Testing;

/// <summary>Records the events of one viewer, and fails unless each event is received once, in order, and none after the terminal one.</summary>
/// <param name="stream">Null if the first event determines it.</param>
internal sealed class ViewerCheck(string? stream)
{
    private readonly Lock _gate = new();
    private readonly List<SeenEvent> _seen = [];

    public string? Stream { get; private set; } = stream;

    public string? LastEventId { get; private set; }

    public bool HasEnded => _seen.Count > 0 && _seen[^1].IsTerminal;

    public int Count
    {
        get
        {
            lock (_gate)
                return _seen.Count;
        }
    }

    public IReadOnlyList<SeenEvent> Seen
    {
        get
        {
            lock (_gate)
                return [.. _seen];
        }
    }

    public void Add(SseItem<string> item)
    {
        if (HasEnded)
        {
            if (item is not { EventId: null, EventType: "message", Data: "[END]" })
                throw CreateFailure($"received '{item.EventType}' with the id '{item.EventId}' after the terminal event");
            return;
        }
        Stream ??= item.EventId?.Split('.')[0];
        var expected = string.Create(CultureInfo.InvariantCulture, $"{Stream}.{_seen.Count + 1}");
        if (item.EventId != expected)
            throw CreateFailure($"received '{item.EventType}' with the id '{item.EventId}' instead of '{expected}'");
        var seen = new SeenEvent(_seen.Count + 1, item.EventType, item.Data, Stopwatch.GetTimestamp());
        if ((seen.Sequence == 1) != (seen.Type == "started") || !(seen.Type == "started" || seen.IsSegment || seen.IsTerminal))
            throw CreateFailure($"received '{seen.Type}' as event {seen.Sequence}");
        lock (_gate)
            _seen.Add(seen);
        LastEventId = item.EventId;
    }

    public AssertionException CreateFailure(string what) => new($"A viewer of {Stream ?? "an unknown stream"}, after event {_seen.Count}, {what}.");
}
