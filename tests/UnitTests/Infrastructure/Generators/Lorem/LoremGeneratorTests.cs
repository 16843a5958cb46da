using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.Infrastructure.Generators.Lorem;
using SseStreaming.Infrastructure.Generators.Pacing;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Generators.Lorem;

internal sealed class LoremGeneratorTests
{
    private readonly FakeTimeProvider _time = new();
    private PacingQueue _pacing = null!;
    private LoremGenerator _lorem = null!;

    [SetUp]
    public void SetUp()
    {
        _pacing = new PacingQueue(_time);
        _lorem = new LoremGenerator(_pacing);
    }

    [TearDown]
    public void TearDown() => _pacing.Dispose();

    [Test]
    public async Task Generate_WithTheSameSeed_ReturnsTheSameWords()
    {
        var first = await PassageAsync(words: 500, seed: 7);
        var second = await PassageAsync(words: 500, seed: 7);

        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public async Task Generate_WithAnotherSeed_ReturnsOtherWords() =>
        Assert.That(await PassageAsync(words: 500, seed: 7), Is.Not.EqualTo(await PassageAsync(words: 500, seed: 8)));

    [Test]
    public async Task Generate_WithoutASeed_ReturnsOtherWordsEachTime()
    {
        var first = await PassageAsync(words: 500);
        var second = await PassageAsync(words: 500);

        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public async Task Generate_WithASeed_ReturnsTheSameWordsInEveryVersion() =>
        Assert.That(string.Concat(await PassageAsync(words: 20, seed: 1)), Is.EqualTo(
            "Lorem ipsum dolor sit amet officia quis, sit, pariatur dolore qui commodo, excepteur ad irure. Nisi labore, occaecat officia labore."));

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    [TestCase(100)]
    [TestCase(10_000)]
    public async Task Generate_ReturnsExactlyTheRequestedNumberOfWords(int words)
    {
        var passage = await PassageAsync(words, seed: words);

        Assert.That(passage, Has.Count.EqualTo(words));
        Assert.That(string.Concat(passage).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(words));
    }

    [Test]
    public async Task Generate_StartsWithLoremIpsum_AndEndsWithAFullStop()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var passage = string.Concat(await PassageAsync(words: 5 + seed, seed));

            Assert.That(passage, Does.StartWith("Lorem ipsum dolor sit amet"));
            Assert.That(passage, Does.EndWith(".").And.Not.EndWith(",."));
        }
    }

    [Test]
    public async Task Generate_WithPaceZero_NeverWaits()
    {
        await using var words = _lorem.GenerateAsync(Request(words: 1_000, pace: 0), CancellationToken.None).GetAsyncEnumerator();
        for (var i = 0; i <= 1_000; i++)
        {
            var move = words.MoveNextAsync();

            Assert.That(move.IsCompletedSuccessfully, Is.True);
            Assert.That(await move, Is.EqualTo(i < 1_000));
        }
    }

    [Test]
    public async Task Generate_WithAPace_WaitsBetweenWords_AndNotAfterTheLast()
    {
        await using var words = _lorem.GenerateAsync(Request(words: 3, pace: 100), CancellationToken.None).GetAsyncEnumerator();
        Assert.That(await words.MoveNextAsync().Soon(), Is.True, "the first word has no delay");
        for (var i = 0; i < 2; i++)
        {
            var move = words.MoveNextAsync();
            _time.Advance(TimeSpan.FromMilliseconds(99));
            Assert.That(move.IsCompleted, Is.False);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.That(await move.Soon(), Is.True);
        }

        Assert.That(await words.MoveNextAsync().Soon(), Is.False);
    }

    [Test]
    public async Task Generate_Cancelled_EndsItsWait()
    {
        using var stop = new CancellationTokenSource();
        await using var words = _lorem.GenerateAsync(Request(words: 3, pace: 100), stop.Token).GetAsyncEnumerator();
        await words.MoveNextAsync();
        var move = words.MoveNextAsync();

        await stop.CancelAsync();

        Assert.That(async () => await move.Soon(), Throws.InstanceOf<OperationCanceledException>());
    }

    private async Task<List<string>> PassageAsync(int words, int? seed = null)
    {
        var passage = new List<string>();
        await foreach (var text in _lorem.GenerateAsync(Request(words, pace: 0, seed), CancellationToken.None))
            passage.Add(text.Text);
        return passage;
    }

    private GenerationRequest Request(int words, int pace, int? seed = null)
    {
        var sent = new Dictionary<string, OptionValue>
        {
            ["words"] = Number(words),
            ["pace"] = Number(pace),
        };
        if (seed is { } value)
            sent["seed"] = Number(value);
        return new GenerationRequest(null, SourceOptions.Read(_lorem.Source, sent).Value!);
    }

    private static OptionValue Number(int value) =>
        new(value.ToString(System.Globalization.CultureInfo.InvariantCulture), OptionForm.Number);
}
