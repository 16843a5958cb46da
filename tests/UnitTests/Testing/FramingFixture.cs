using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.AspNetCore.Streaming;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Testing;

/// <summary>A complete stream, and what a framing writes for it.</summary>
internal sealed class FramingFixture(params IReadOnlyList<StreamEvent> events)
{
    public StreamId StreamId { get; } = StreamId.New();

    public long Last => events.Count;

    public StreamViewer View(long after) => new(StreamId, after, ReadAsync);

    /// <summary>The response of a viewer that begins after an event, without the retry.</summary>
    public async Task<string> WriteAsync(Func<StreamViewer, IStreamFraming> create, long after = 0)
    {
        using var meters = new Meters();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var writer = new ResponseWriter(
            pipe.Writer, TimeSpan.FromMinutes(1), TimeProvider.System, new ViewerMetrics(meters, TimeProvider.System), CancellationToken.None, CancellationToken.None);
        using var viewer = View(after);
        var framing = create(viewer);
        await foreach (var batch in viewer.ReadAsync(TimeSpan.Zero, CancellationToken.None))
            await framing.WriteAllAsync(writer, batch);
        await writer.FlushAsync();
        await pipe.Writer.CompleteAsync();
        using var written = new MemoryStream();
        await pipe.Reader.CopyToAsync(written);
        return Encoding.UTF8.GetString(written.ToArray());
    }

    private async IAsyncEnumerable<EventBatch> ReadAsync(StreamViewer viewer, TimeSpan idle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        // In two batches.
        var middle = (viewer.Position + events.Count) / 2;
        foreach (var (from, to) in ((long From, long To)[])[(viewer.Position, middle), (middle, events.Count)])
        {
            if (from < to)
                yield return EventBatch.Create(StreamId, from + 1, [.. events.Skip((int)from).Take((int)(to - from))]);
        }
    }
}
