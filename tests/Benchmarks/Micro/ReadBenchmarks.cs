using BenchmarkDotNet.Attributes;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>Reading 1,000 segments by so many readers, as they go on the wire.</summary>
[MemoryDiagnoser]
public class ReadBenchmarks
{
    private readonly List<string> _usual = [.. Enumerable.Repeat(FilledStream.Segment, FilledStream.Segments)];
    private MemoryEventStreamStore _store = null!;
    private StreamId _stream;

    [Params(1, 100, 1_000)]
    public int Readers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _store = FilledStream.NewStore();
        _stream = FilledStream.In(_store);
    }

    [Benchmark(Baseline = true, Description = "read a List<string>, framing for each reader")]
    public long ReadList()
    {
        var bytes = 0L;
        Span<byte> frame = stackalloc byte[128];
        for (var reader = 0; reader < Readers; reader++)
        {
            for (var i = 0; i < _usual.Count; i++)
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
}
