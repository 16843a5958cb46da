using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>A file of a folder, read as it is streamed: its size does not matter.</summary>
internal sealed class DocumentGenerator(DocumentFolder folder, PacingQueue pacing) : ITextGenerator
{
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

    public async IAsyncEnumerable<GeneratedText> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = folder.Find(request.Options.Text("file")) ?? throw Gone(null);
        using var pace = pacing.Begin(request.Options, cancellationToken);
        using var text = Open(path);
        var segments = new DocumentSegments(text);
        while (await segments.NextAsync(cancellationToken) is { } segment)
        {
            yield return segment;
            await pace.NextAsync();
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            // UTF-8, unless a byte order mark says otherwise. Bytes that are no text become U+FFFD.
            return new StreamReader(new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous }));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Gone(exception);
        }
    }

    private static GenerationFailedException Gone(Exception? exception) =>
        new(ProblemTypes.SourceFailed, "The document could not be read.", "The file was there a moment ago, but could not be opened.", exception);
}
