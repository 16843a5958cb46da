using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using SseStreaming.Application;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>Appending an event to a stream, and reading 1,000 of them by so many readers.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int Events = 1_000;

    private MemoryEventStreamStore _store = null!;
    private StreamId _stream;
    private List<string> _usual = null!;

    [Params(1, 100, 1_000)]
    public int Readers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _store = NewStore();
        _usual = [.. Enumerable.Repeat(" ipsum", Events)];
        _stream = Append(_store, Events);
    }

    [Benchmark(Baseline = true, Description = "append to a List<string>")]
    public int AppendToList()
    {
        var list = new List<string>();
        for (var i = 0; i < Events; i++)
            list.Add(" ipsum");
        return list.Count;
    }

    [Benchmark(Description = "append one by one")]
    public StreamId Append() => Append(NewStore(), Events);

    [Benchmark(Description = "read a List<string>, framing for each reader")]
    public long ReadList()
    {
        var bytes = 0L;
        Span<byte> frame = stackalloc byte[128];
        for (var reader = 0; reader < Readers; reader++)
        {
            for (var i = 0; i < Events; i++)
                bytes += System.Text.Encoding.UTF8.GetBytes($"id: {i}\ndata: {_usual[i]}\n\n", frame);
        }
        return bytes;
    }

    [Benchmark(Description = "read pages")]
    public long Read()
    {
        var bytes = 0L;
        for (var reader = 0; reader < Readers; reader++)
        {
            for (var after = 0L; _store.ReadAsync(_stream, after, CancellationToken.None).Result is { IsEmpty: false } batch; after = batch.Last)
                bytes += batch.Frames.Length;
        }
        return bytes;
    }

    private static MemoryEventStreamStore NewStore() => new(Options.Create(new StreamsOptions()), TimeProvider.System);

    private StreamId Append(MemoryEventStreamStore store, int events)
    {
        var head = new StreamHead(StreamId.New(), "benchmark", TimeProvider.System.GetUtcNow());
        store.CreateAsync(head, EventBatch.Of(head.Id, 1, new StreamEvent(EventKind.Started, default)), CancellationToken.None).GetAwaiter().GetResult();
        var page = new EventPage(head.Id, 2);
        for (var i = 0; i < events; i++)
        {
            page.AddSegment(" ipsum");
            store.AppendAsync(page.All, CancellationToken.None).GetAwaiter().GetResult();
            page.Reset(head.Id, page.First + 1);
        }
        return head.Id;
    }
}
