using Microsoft.Extensions.Logging;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

/// <summary>Every stream ends with exactly one terminal event, which says how its generation ended.</summary>
internal sealed class GenerationRunnerTests
{
    private readonly GenerationFixture _fixture = new();

    [Test]
    public async Task Generation_ThatCompletes_EndsAsCompleted()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts("Lorem", " ipsum")));

        Assert.That(end.Segments, Is.EqualTo(new[] { "Lorem", " ipsum" }));
        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Completed, "stop")));
    }

    [Test]
    public async Task Generation_WithoutText_EndsAsCompleted()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts()));

        Assert.That(end.Events, Has.Count.EqualTo(2));
        Assert.That(end.Ending, Is.EqualTo(EventKind.Completed));
    }

    [Test]
    public async Task Generation_WithAFinishReason_EndsWithThatReason()
    {
        static async IAsyncEnumerable<GeneratedText> Generate()
        {
            yield return "Cut sho";
            await Task.Yield();
            yield return new GeneratedText("", new GenerationFinish("length"));
        }

        var end = await _fixture.EndOf(await _fixture.StartAsync(_ => Generate()));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Cut sho", EventKind.Completed, "length")));
    }

    [Test]
    public async Task Generation_OfEmptyTexts_ShowsNoEmptySegments()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts("", "a", "", "b", "")));

        Assert.That(end.Segments, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Generation_ThatThrowsBeforeItsFirstSegment_EndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new InvalidOperationException())));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("", EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Generation_WhoseGeneratorThrowsWhenItIsCalled_EndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(_ => throw new InvalidOperationException()));

        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Generation_ThatThrowsInTheMiddle_KeepsItsTextAndEndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new InvalidOperationException(), "Lorem", " ipsum")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Lorem ipsum", EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [Test]
    public async Task Generation_ThatThrows_LogsTheExceptionAndHidesItsMessageFromViewers()
    {
        var fault = new InvalidOperationException("Password=secret");

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(fault)));

        Assert.That(end.Terminal.GetRawText(), Does.Not.Contain("secret"));
        Assert.That(_fixture.Log.Lines.Single(line => line.Level is LogLevel.Error).Exception, Is.SameAs(fault));
    }

    [Test]
    public async Task Generation_ThatThrowsAGenerationFailedException_EndsWithItsTexts()
    {
        var fault = new GenerationFailedException("urn:busy", "The model is busy.", "It has 12 requests waiting.");

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(fault, "Lorem")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("Lorem", EventKind.Failed, "urn:busy")));
        Assert.That(end.Terminal.GetProperty("title").GetString(), Is.EqualTo("The model is busy."));
        Assert.That(end.Terminal.GetProperty("detail").GetString(), Is.EqualTo("It has 12 requests waiting."));
    }

    [Test]
    public async Task Generation_WhoseGeneratorCancelsItself_EndsAsFailed()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new OperationCanceledException(), "Lorem")));

        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Failed, ProblemTypes.SourceFailed)));
    }

    [TestCase("caf", "é", ExpectedResult = "café")]
    [TestCase("one\r", ExpectedResult = "one\r")]
    [TestCase("👩\u200d", ExpectedResult = "👩\u200d")]
    public async Task<string> Generation_ThatCompletes_ShowsTheHeldText(params string[] texts) =>
        (await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts(texts)))).Text;

    [Test]
    public async Task Generation_ThatFails_ShowsTheHeldText()
    {
        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Failing(new IOException(), "café")));

        Assert.That((end.Text, end.Ending), Is.EqualTo(("café", EventKind.Failed)));
    }

    [Test]
    public async Task Generation_OfAnyTextCutAnywhere_KeepsThePassageExactly()
    {
        var pieces = new[] { "1.\r", "\n2. ca", "f", "é\r", "\r\n", "\uD83D", "\uDE00", "\u200d", "🔥", " \u0600", "1", "end\uD800" };

        var end = await _fixture.EndOf(await _fixture.StartAsync(Generators.Texts(pieces)));

        Assert.That(end.Text, Is.EqualTo(Texts.WellFormed(string.Concat(pieces))));
    }
}
