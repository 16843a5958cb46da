using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Pages for pending events, one spare page per thread. A generation has a page only from a segment to its append, so thousands of waiting
/// generations have none, and the pages in use stay in the processor caches.
/// </summary>
internal static class EventPagePool
{
    [ThreadStatic]
    private static EventPage? _spare;

    public static EventPage Rent(StreamId streamId, long first)
    {
        if (_spare is not { } page)
            return new EventPage(streamId, first);
        _spare = null;
        page.Reset(streamId, first);
        return page;
    }

    /// <summary>No reader may use the page any more.</summary>
    public static void Return(EventPage page) => _spare = page;
}
