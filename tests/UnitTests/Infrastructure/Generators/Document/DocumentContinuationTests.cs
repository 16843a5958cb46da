using System.Text;
using FsCheck.Fluent;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Document;
using SseStreaming.Infrastructure.Generators.Pacing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Document;

internal sealed class DocumentContinuationTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("documents");
    private PacingQueue _pacing = null!;
    private DocumentGenerator _documents = null!;

    private string FilePath => Path.Combine(_folder.FullName, "file.txt");

    [SetUp]
    public void SetUp()
    {
        _pacing = new PacingQueue(TimeProvider.System);
        _documents = new DocumentGenerator(new DocumentFolder(_folder.FullName), _pacing);
    }

    [TearDown]
    public void TearDown()
    {
        _pacing.Dispose();
        _folder.Delete(recursive: true);
    }

    [Test]
    public void Continue_AfterAnySegment_ReturnsTheSegmentsThatFollow()
    {
        var cases =
            from pieces in Gen.ArrayOf(Texts.Piece, 150)
            from repeat in Gen.Elements(1, 40)
            from part in Gen.Choose(0, 100)
            select (Text: string.Concat(Enumerable.Repeat(string.Concat(pieces), repeat)), part);
        Always.Holds(cases, test =>
        {
            File.WriteAllBytes(FilePath, Encoding.UTF8.GetBytes(test.Text));
            var pieces = ReadAll(_documents.GenerateAsync(Request(), CancellationToken.None));
            // Without a segment there is no checkpoint to continue from.
            if (pieces.Count == 0)
                return;
            var before = pieces[..((pieces.Count * test.part / 101) + 1)];

            var rest = ReadAll(_documents.ContinueAsync(Request(), Point(before), CancellationToken.None));

            Assert.That(rest.Select(piece => piece.Text), Is.EqualTo(pieces.Skip(before.Count).Select(piece => piece.Text)));
        }, tests: 100);
    }

    [Test]
    public void Generate_SetsACheckpointPerBlock()
    {
        File.WriteAllText(FilePath, string.Concat(Enumerable.Repeat("A line of text.\n", 10_000)));

        var pieces = ReadAll(_documents.GenerateAsync(Request(), CancellationToken.None));

        var checkpoints = pieces.Where(piece => piece.Checkpoint is not null).ToList();
        Assert.That(checkpoints, Has.Count.EqualTo(10), "160,000 bytes are ten blocks");
        Assert.That(pieces[0].Checkpoint, Is.Not.Null);
    }

    [Test]
    public void Continue_InAChangedFile_FailsAndSaysSo()
    {
        File.WriteAllText(FilePath, "The first version of a document.");
        var pieces = ReadAll(_documents.GenerateAsync(Request(), CancellationToken.None));
        File.WriteAllText(FilePath, "Another version of this document, which is longer.");

        var failure = Assert.Throws<GenerationFailedException>(() => ReadAll(_documents.ContinueAsync(Request(), Point(pieces), CancellationToken.None)));

        Assert.That((failure.ProblemType, failure.Title), Is.EqualTo((ProblemTypes.SourceFailed, "The document has changed.")));
    }

    [Test]
    public void Continue_WithoutTheFile_FailsWithoutItsPath()
    {
        File.WriteAllText(FilePath, "text");
        var pieces = ReadAll(_documents.GenerateAsync(Request(), CancellationToken.None));
        File.Delete(FilePath);

        var failure = Assert.Throws<GenerationFailedException>(() => ReadAll(_documents.ContinueAsync(Request(), Point(pieces), CancellationToken.None)));

        Assert.That(failure.Title + failure.Detail, Does.Not.Contain(_folder.FullName));
    }

    private static ContinuationPoint Point(IReadOnlyCollection<GeneratedText> before) =>
        new(before.Last(piece => piece.Checkpoint is not null).Checkpoint!, before.Sum(piece => piece.Text.Length), DateTimeOffset.UnixEpoch)
        {
            ReadTextAsync = _ => throw new InvalidOperationException("The text is not needed."),
        };

    private static List<GeneratedText> ReadAll(IAsyncEnumerable<GeneratedText> texts) => texts.ToListAsync().AsTask().GetAwaiter().GetResult();

    private GenerationRequest Request() => new(null, SourceOptions.Read(_documents.Source, new Dictionary<string, OptionValue>
    {
        ["file"] = new("file.txt", OptionForm.Query),
        ["pace"] = new("0", OptionForm.Query),
    }).Value!);
}
