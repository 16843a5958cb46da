using SseStreaming.Application.Events;

namespace SseStreaming.Infrastructure.Stores.Memory;

/// <summary>
/// An immutable list of the pages of a stream, for readers without a lock. Later lists share the array, and fill only the elements
/// after <paramref name="count"/>.
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

    /// <summary>A list without the first pages, in an array of its own, so that they can be collected.</summary>
    public PageList Without(int first)
    {
        var rest = new EventPage[Math.Max(4, count - first)];
        pages.AsSpan(first, count - first).CopyTo(rest);
        return new PageList(rest, count - first);
    }

    /// <inheritdoc cref="PageSearch.FindLast"/>
    public int FindLast(long sequence) => PageSearch.FindLast(pages.AsSpan(0, count), sequence);
}
