using SseStreaming.Application.Events;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>
/// The pages of a stream as they are at one moment, for readers without a lock. The array is shared with later lists, which fill
/// only the places after <paramref name="count"/>.
/// </summary>
internal sealed class PageList(EventPage[] pages, int count)
{
    public int Count => count;

    public EventPage this[int index] => pages[index];

    public PageList With(EventPage page)
    {
        var larger = pages;
        if (count == larger.Length)
            Array.Resize(ref larger, count * 2);
        larger[count] = page;
        return new PageList(larger, count + 1);
    }

    /// <summary>A list without the first pages, in an array of its own, so that nothing holds on to them.</summary>
    public PageList Without(int first)
    {
        var rest = new EventPage[Math.Max(4, count - first)];
        pages.AsSpan(first, count - first).CopyTo(rest);
        return new PageList(rest, count - first);
    }

    /// <summary>Index of the last page that begins at or before a sequence; -1 if none does.</summary>
    public int IndexOf(long sequence)
    {
        int low = 0, high = count - 1;
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
