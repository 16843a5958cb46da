using BenchmarkDotNet.Attributes;
using SseStreaming.Domain;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>Appends 1,000 segments to a new stream, one by one; the baseline keeps their text only, without frames.</summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    [Benchmark(Baseline = true, Description = "append to a List<string>")]
    public int AppendToList()
    {
        var list = new List<string>();
        for (var i = 0; i < FilledStream.Segments; i++)
            list.Add(FilledStream.Segment);
        return list.Count;
    }

    [Benchmark(Description = "append to a stream")]
    public StreamId Append() => FilledStream.In(FilledStream.NewStore());
}
