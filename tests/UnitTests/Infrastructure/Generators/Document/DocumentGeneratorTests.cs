using System.Text;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Document;
using SseStreaming.Infrastructure.Generators.Pacing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Document;

internal sealed class DocumentGeneratorTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("documents");
    private PacingQueue _pacing = null!;
    private DocumentGenerator _documents = null!;

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
    public async Task Generate_OfAFile_ReturnsItsText()
    {
        const string text = "Erste Zeile: Übermut.\r\nZweite Zeile: 中文, 👩‍👩‍👧.\n";

        Assert.That(await PassageAsync(Encoding.UTF8.GetBytes(text)), Is.EqualTo(text));
    }

    [Test]
    public async Task Generate_OfALargeFile_ReturnsAllOfIt()
    {
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"Line {i}: ä文😀 and so on.\n"));

        Assert.That(await PassageAsync(Encoding.UTF8.GetBytes(text)) == text, Is.True);
    }

    [Test]
    public async Task Generate_OfAnEmptyFile_ReturnsNoText() =>
        Assert.That(await PassageAsync([]), Is.Empty);

    [Test]
    public async Task Generate_OfAFileWithAByteOrderMark_OmitsTheMark() =>
        Assert.That(await PassageAsync([0xEF, 0xBB, 0xBF, (byte)'a']), Is.EqualTo("a"));

    [Test]
    public async Task Generate_OfUtf16WithAByteOrderMark_DecodesIt() =>
        Assert.That(await PassageAsync([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("ä文")]), Is.EqualTo("ä文"));

    [Test]
    public async Task Generate_OfInvalidBytes_ReturnsReplacementCharacters() =>
        Assert.That(await PassageAsync([(byte)'a', 0xFF, (byte)'b', 0xC3]), Is.EqualTo("a\uFFFDb\uFFFD"));

    [Test]
    public async Task Validate_OfAnExistingFile_ReturnsNull()
    {
        await WriteAsync([]);

        Assert.That(await _documents.ValidateAsync(Request("file.txt"), CancellationToken.None), Is.Null);
    }

    [TestCase("none.txt")]
    [TestCase("../file.txt")]
    public async Task Validate_OfAnyOtherFile_NamesTheFieldButNotTheValue(string file)
    {
        await WriteAsync([]);

        var refusal = await _documents.ValidateAsync(Request(file), CancellationToken.None);

        Assert.That(refusal!.Reason, Is.EqualTo(RefusalReason.InvalidInput));
        Assert.That(refusal.Errors!["file"].Single(), Is.EqualTo("'file' names no file of the document folder."));
    }

    [Test]
    public async Task Generate_OfADeletedFile_FailsWithoutItsPath()
    {
        var words = _documents.GenerateAsync(Request("file.txt"), CancellationToken.None).GetAsyncEnumerator();

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(async () => await words.MoveNextAsync());

        Assert.That(failure!.ProblemType, Is.EqualTo(ProblemTypes.SourceFailed));
        Assert.That(failure.Title + failure.Detail, Does.Not.Contain(_folder.FullName));
        await words.DisposeAsync();
    }

    [Test]
    public async Task Generate_DisposedInTheMiddle_ClosesTheFile()
    {
        await WriteAsync(Encoding.UTF8.GetBytes(new string('x', 100_000)));
        var words = _documents.GenerateAsync(Request("file.txt"), CancellationToken.None).GetAsyncEnumerator();
        await words.MoveNextAsync();

        await words.DisposeAsync();

        await using var alone = new FileStream(Path.Combine(_folder.FullName, "file.txt"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.That(alone.Length, Is.EqualTo(100_000));
    }

    private async Task<string> PassageAsync(byte[] bytes)
    {
        await WriteAsync(bytes);
        var passage = new StringBuilder();
        await foreach (var text in _documents.GenerateAsync(Request("file.txt"), CancellationToken.None))
            passage.Append(text.Text);
        return passage.ToString();
    }

    private Task WriteAsync(byte[] bytes) => File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "file.txt"), bytes);

    private GenerationRequest Request(string file) => new(null, SourceOptions.Read(_documents.Source, new Dictionary<string, OptionValue>
    {
        ["file"] = new(file, OptionForm.Query),
        ["pace"] = new("0", OptionForm.Query),
    }).Value!);
}
