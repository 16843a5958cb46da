using SseStreaming.Application.Events;

namespace SseStreaming.Infrastructure.Stores;

internal static class PageSearch
{
    /// <summary>Index of the last page that begins at or before a sequence; -1 if there is none. The pages are in order.</summary>
    public static int FindLast(ReadOnlySpan<EventPage> pages, long sequence)
    {
        // Most viewers read at the end.
        if (pages.Length > 0 && pages[^1].First <= sequence)
            return pages.Length - 1;
        int low = 0, high = pages.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (pages[middle].First <= sequence)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }
}
