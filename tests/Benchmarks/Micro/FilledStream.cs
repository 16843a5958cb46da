using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>A stream of 1,000 segments, each appended separately.</summary>
internal static class FilledStream
{
    public const int Segments = 1_000;

    public const string Segment = " ipsum";

    public static MemoryEventStreamStore NewStore() => new(Options.Create(new StreamsOptions()), TimeProvider.System);

    public static StreamId In(MemoryEventStreamStore store)
    {
        var head = new StreamHead(StreamId.New(), "benchmark", TimeProvider.System.GetUtcNow());
        store.CreateAsync(head, EventBatch.Create(head.Id, 1, new StreamEvent(EventKind.Started, default)), request: null, CancellationToken.None).GetAwaiter().GetResult();
        var page = new EventPage(head.Id, 2);
        for (var i = 0; i < Segments; i++)
        {
            page.AddSegment(Segment);
            store.AppendAsync(page.All, checkpoint: null, CancellationToken.None).GetAwaiter().GetResult();
            page.Reset(head.Id, page.First + 1);
        }
        return head.Id;
    }
}
