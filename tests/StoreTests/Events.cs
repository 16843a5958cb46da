using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;

namespace SseStreaming.StoreTests;

/// <summary>Streams and batches for tests, and reads as text.</summary>
internal static class Events
{
    public static StreamHead Head(string? key = null) => new(StreamId.New(), "lorem", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))
    {
        Idempotency = key is null ? null : new Idempotency(key, "digest"),
    };

    public static EventBatch Started(StreamHead head) => EventBatch.Create(head.Id, 1, new StreamEvent(EventKind.Started, "{}"u8.ToArray()));

    public static EventBatch Segments(StreamHead head, long first, params ReadOnlySpan<string> texts)
    {
        var page = new EventPage(head.Id, first);
        foreach (var text in texts)
            page.AddSegment(text);
        return page.All;
    }

    public static EventBatch End(StreamHead head, long sequence, EventKind kind = EventKind.Completed) =>
        EventBatch.Create(head.Id, sequence, new StreamEvent(kind, """{"end":true}"""u8.ToArray()));

    /// <summary>Creates a stream, which must succeed.</summary>
    public static async Task<StreamHead> OpenStreamAsync(this IEventStreamStore store, string? key = null)
    {
        var head = Head(key);
        var result = await store.CreateAsync(head, Started(head), CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head;
    }

    public static async Task AppendedAsync(this IEventStreamStore store, EventBatch batch) =>
        Assert.That(await store.AppendAsync(batch, CancellationToken.None), Is.EqualTo(AppendResult.Appended));

    /// <summary>All events after a position. Fails if a batch does not follow the one before it.</summary>
    public static async Task<List<StreamEvent>> ReadAllAsync(this IEventStreamStore store, StreamId streamId, long after = 0)
    {
        var events = new List<StreamEvent>();
        while (true)
        {
            var batch = await store.ReadAsync(streamId, after, CancellationToken.None);
            Assert.That(batch, Is.Not.Null, "the stream does not exist");
            if (batch!.Value.IsEmpty)
                return events;
            Assert.That((batch.Value.StreamId, batch.Value.First), Is.EqualTo((streamId, after + 1)));
            for (var i = 0; i < batch.Value.Count; i++)
                events.Add(new StreamEvent(batch.Value[i].Kind, batch.Value[i].Data.ToArray()));
            after = batch.Value.Last;
        }
    }

    public static async Task<string[]> ReadTextsAsync(this IEventStreamStore store, StreamId streamId, long after = 0) =>
        [.. (await store.ReadAllAsync(streamId, after)).Where(item => item.Kind == EventKind.Segment).Select(Text)];

    public static string Text(StreamEvent item) => Encoding.UTF8.GetString(item.Data.Span);
}
