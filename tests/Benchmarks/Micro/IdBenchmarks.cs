using BenchmarkDotNet.Attributes;
using SseStreaming.Domain;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>Formats and parses ids; the baseline is the GUID of .NET.</summary>
[MemoryDiagnoser]
public class IdBenchmarks
{
    private readonly Guid _guid = Guid.NewGuid();
    private readonly StreamId _id = StreamId.New();
    private readonly string _text = new EventId(StreamId.New(), 12_345).ToString();
    private readonly byte[] _utf8 = new byte[64];

    [Benchmark(Baseline = true)]
    public bool FormatGuid() => _guid.TryFormat(_utf8, out _, "N");

    [Benchmark]
    public void FormatStreamId() => _id.Format(_utf8);

    [Benchmark]
    public bool ParseEventId() => EventId.TryParse(_text, out _);
}
