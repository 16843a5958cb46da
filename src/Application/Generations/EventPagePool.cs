using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Application.Generations;

/// <summary>
/// Pages for what waits to be appended. A generation has one only from a segment to its append: thousands that wait for their next
/// word have none, and the few that are in use stay in the processor's caches.
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

    /// <summary>Nobody may look at the page any more.</summary>
    public static void Return(EventPage page) => _spare = page;
}
