using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.Infrastructure.Generators.Document;

/// <summary>A file of a folder. It is read while it is streamed, so its size does not matter.</summary>
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
        var path = folder.Find(request.Options.Text("file")) ?? throw CreateReadFailure(null);
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
            // UTF-8, unless there is another byte order mark. Invalid bytes become U+FFFD.
            return new StreamReader(new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous }));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CreateReadFailure(exception);
        }
    }

    private static GenerationFailedException CreateReadFailure(Exception? exception) =>
        new(ProblemTypes.SourceFailed, "The document could not be read.", "The file existed when the generation was requested, but could not be opened.", exception);
}
