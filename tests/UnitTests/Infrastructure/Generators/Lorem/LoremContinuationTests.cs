using System.Globalization;
using FsCheck.Fluent;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Lorem;
using SseStreaming.Infrastructure.Generators.Pacing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Lorem;

internal sealed class LoremContinuationTests
{
    private PacingQueue _pacing = null!;
    private LoremGenerator _lorem = null!;

    [SetUp]
    public void SetUp()
    {
        _pacing = new PacingQueue(TimeProvider.System);
        _lorem = new LoremGenerator(_pacing);
    }

    [TearDown]
    public void TearDown() => _pacing.Dispose();

    [Test]
    public void Continue_AtAnyCharacter_CompletesThePassage([Values(null, 7)] int? seed, [Values(0, 1)] int pace)
    {
        var cases =
            from words in Gen.Choose(1, pace == 0 ? 2_000 : 5)
            from part in Gen.Choose(0, 1_000)
            select (words, part);
        Always.Holds(cases, test =>
        {
            var request = Request(test.words, pace, seed);
            var pieces = ReadAll(_lorem.GenerateAsync(request, CancellationToken.None));
            var passage = string.Concat(pieces.Select(piece => piece.Text));
            var cut = passage.Length * test.part / 1_000;

            var rest = ReadAll(_lorem.ContinueAsync(request, Point(pieces[0].Checkpoint!, cut), CancellationToken.None));

            Assert.That(string.Concat(rest.Select(piece => piece.Text)), Is.EqualTo(passage[cut..]));
        }, tests: pace == 0 ? 100 : 10);
    }

    [Test]
    public void Generate_SetsACheckpoint_OnlyWithTheFirstWord()
    {
        var pieces = ReadAll(_lorem.GenerateAsync(Request(words: 100, pace: 0), CancellationToken.None));

        Assert.That(pieces.Select(piece => piece.Checkpoint is null), Is.EqualTo(Enumerable.Range(0, 100).Select(i => i > 0)));
    }

    [TestCase("", 0)]
    [TestCase("-1", 0)]
    [TestCase("x", 0)]
    [TestCase("7", 1_000_000)]
    public void Continue_WithAnInvalidPoint_Fails(string checkpoint, long characters) =>
        Assert.That(
            () => ReadAll(_lorem.ContinueAsync(Request(words: 10, pace: 0), Point(checkpoint, characters), CancellationToken.None)),
            Throws.InstanceOf<GenerationFailedException>());

    private static List<GeneratedText> ReadAll(IAsyncEnumerable<GeneratedText> texts) => texts.ToListAsync().AsTask().GetAwaiter().GetResult();

    private static ContinuationPoint Point(string checkpoint, long characters) =>
        new(checkpoint, characters, DateTimeOffset.UnixEpoch) { ReadTextAsync = _ => throw new InvalidOperationException("The text is not needed.") };

    private GenerationRequest Request(int words, int pace, int? seed = null)
    {
        var sent = new Dictionary<string, OptionValue> { ["words"] = Number(words), ["pace"] = Number(pace) };
        if (seed is { } value)
            sent["seed"] = Number(value);
        return new GenerationRequest(null, SourceOptions.Read(_lorem.Source, sent).Value!);
    }

    private static OptionValue Number(int value) => new(value.ToString(CultureInfo.InvariantCulture), OptionForm.Number);
}
