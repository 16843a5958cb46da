using System.Buffers;
using BenchmarkDotNet.Attributes;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>Reads 1,000 segments as frames, for different numbers of readers.</summary>
[MemoryDiagnoser]
public class ReadBenchmarks
{
    private readonly List<string> _list = [.. Enumerable.Repeat(FilledStream.Segment, FilledStream.Segments)];
    private readonly ArrayBufferWriter<byte> _frames = new(64 * 1024);
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
            for (var i = 0; i < _list.Count; i++)
                bytes += System.Text.Encoding.UTF8.GetBytes($"id: {i}\ndata: {_list[i]}\n\n", frame);
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
            {
                _frames.ResetWrittenCount();
                batch.WriteFrames(_frames);
                bytes += _frames.WrittenCount;
            }
        }
        return bytes;
    }
}
