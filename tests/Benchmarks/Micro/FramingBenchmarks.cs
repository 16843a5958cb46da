using System.Buffers;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using BenchmarkDotNet.Attributes;
using SseStreaming.Application.Events;
using SseStreaming.Domain;

namespace SseStreaming.Benchmarks.Micro;

/// <summary>Formats 256 words as frames with event ids.</summary>
[MemoryDiagnoser]
public class FramingBenchmarks
{
    private const int Words = 256;

    private readonly StreamId _stream = StreamId.New();
    private readonly EventPage _page = new(StreamId.New(), 1);
    private readonly ArrayBufferWriter<byte> _frames = new(64 * 1024);
    private readonly MemoryStream _output = new(64 * 1024);

    [Benchmark(Baseline = true, OperationsPerInvoke = Words, Description = "interpolated string per event")]
    public int Interpolated()
    {
        _output.Position = 0;
        for (var i = 1; i <= Words; i++)
            _output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {_stream}.{i}\ndata: {" ipsum"}\n\n")));
        return (int)_output.Position;
    }

    [Benchmark(OperationsPerInvoke = Words, Description = "SseFormatter")]
    public async Task<int> Framework()
    {
        _output.Position = 0;
        await SseFormatter.WriteAsync(Items(), _output);
        return (int)_output.Position;
    }

    [Benchmark(OperationsPerInvoke = Words, Description = "EventPage")]
    public int Page()
    {
        _page.Reset(_page.StreamId, 1);
        for (var i = 0; i < Words; i++)
            _page.AddSegment(" ipsum");
        _frames.ResetWrittenCount();
        _page.All.WriteFrames(_frames);
        return _frames.WrittenCount;
    }

#pragma warning disable CS1998 // The asynchronous sequence has nothing to await.
    private async IAsyncEnumerable<SseItem<string>> Items()
    {
        for (var i = 1; i <= Words; i++)
            yield return new SseItem<string>(" ipsum") { EventId = string.Create(CultureInfo.InvariantCulture, $"{_stream}.{i}") };
    }
}
