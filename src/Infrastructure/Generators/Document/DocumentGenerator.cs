using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>A file of a folder. It is read while it is streamed, so its size does not matter.</summary>
internal sealed class DocumentGenerator(DocumentFolder folder, PacingQueue pacing) : IResumableGenerator
{
    public ContinuationMode Continuation => ContinuationMode.AtOnce;

    public SourceDescription Source { get; } = new("document", "A text file of the server's document folder.")
    {
        Options =
        [
            new("file", OptionType.Text, "Name of the file, relative to the folder.") { Required = true, MaxLength = 255 },
            PaceOption.Create(milliseconds: 20),
        ],
    };

    public ValueTask<Refusal?> ValidateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        new(folder.Find(request.Options.Text("file")) is null
            ? Refusal.Invalid("file", "'file' names no file of the document folder.")
            : null);

    public IAsyncEnumerable<GeneratedText> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        ReadAsync(request, point: null, cancellationToken);

    public IAsyncEnumerable<GeneratedText> ContinueAsync(GenerationRequest request, ContinuationPoint point, CancellationToken cancellationToken) =>
        ReadAsync(request, point, cancellationToken);

    private async IAsyncEnumerable<GeneratedText> ReadAsync(
        GenerationRequest request, ContinuationPoint? point, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = folder.Find(request.Options.Text("file")) ?? throw CreateReadFailure(null);
        using var pace = pacing.Begin(request.Options, cancellationToken);
        using var text = Open(path);
        var characters = point?.Characters ?? 0;
        if (point is not null
            && !(DocumentCheckpoint.TryParse(point.Checkpoint, out var checkpoint) && await text.TrySeekAsync(checkpoint, characters, cancellationToken)))
            throw CreateChangeFailure();

        var segments = new DocumentSegments(text);
        while (await segments.NextAsync(cancellationToken) is { } segment)
        {
            characters += segment.Length;
            yield return new GeneratedText(segment, Checkpoint: text.TakeCheckpoint(characters)?.ToString());
            await pace.NextAsync();
        }
    }

    private static DocumentReader Open(string path)
    {
        try
        {
            // The reader has a buffer of its own.
            return new DocumentReader(new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan | FileOptions.Asynchronous }));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CreateReadFailure(exception);
        }
    }

    private static GenerationFailedException CreateReadFailure(Exception? exception) =>
        new(ProblemTypes.SourceFailed, "The document could not be read.", "The file existed when the generation was requested, but could not be opened.", exception);

    private static GenerationFailedException CreateChangeFailure() =>
        new(ProblemTypes.SourceFailed, "The document has changed.", "The file was changed after the generation was interrupted. The text up to here is complete.");
}
