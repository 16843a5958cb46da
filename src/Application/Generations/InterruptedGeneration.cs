using System.Text;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;

namespace SseStreaming.Application.Generations;

/// <summary>A generation that ran on another node or in an earlier process, and what is stored of it.</summary>
internal sealed record InterruptedGeneration(StreamRecord Record, GenerationCheckpoint Checkpoint)
{
    /// <summary>False if the generator has produced nothing that is stored, so that it starts again.</summary>
    public bool HasState => Checkpoint.State is not null;

    public ContinuationPoint CreatePoint(EventStreamReader reader) =>
        new(Checkpoint.State ?? "", Record.Characters + Checkpoint.Held.Length, Record.Head.Created)
        {
            ReadTextAsync = cancellationToken => ReadTextAsync(reader, cancellationToken),
        };

    private async ValueTask<string> ReadTextAsync(EventStreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        using var viewer = new StreamViewer(Record.Head.Id, Record.Extent.First - 1, reader.ReadAsync);
        await foreach (var batch in viewer.ReadAsync(Timeout.InfiniteTimeSpan, cancellationToken))
        {
            var stored = batch.UpTo(Math.Min(batch.Last, Record.Extent.Last));
            text.Append(Encoding.UTF8.GetString(stored.Segments.Data.Span));
            if (stored.Last == Record.Extent.Last)
                break;
        }
        // The read loop ends early when it is cancelled, and a generation must not continue after a part of its text.
        cancellationToken.ThrowIfCancellationRequested();
        return text.Append(Checkpoint.Held).ToString();
    }
}
