using SseStreaming.Application;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Generations;

internal sealed class GenerationLimitsTests
{
    [Test]
    public async Task Generation_WithMoreEventsThanAllowed_IsStoppedAtTheLimit()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxEventsPerStream = 5 });

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("a", "b", "c", "d", "e")));

        Assert.That(end.Events, Has.Count.EqualTo(5), "with the first and the terminal event");
        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("abc", EventKind.Stopped, "limit")));
    }

    [Test]
    public async Task Generation_WithExactlyTheAllowedEvents_Completes()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxEventsPerStream = 5 });

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("a", "b", "c")));

        Assert.That((end.Text, end.Ending), Is.EqualTo(("abc", EventKind.Completed)));
    }

    [Test]
    public async Task Generation_WithMoreCharactersThanAllowed_IsStoppedBeforeTheOneTooMany()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxCharactersPerStream = 10 });

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("12345", "67890", "1")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("1234567890", EventKind.Stopped, "limit")));
    }

    [Test]
    public async Task Generation_WithExactlyTheAllowedCharacters_Completes()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxCharactersPerStream = 10 });

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("12345", "67890")));

        Assert.That((end.Text, end.Ending), Is.EqualTo(("1234567890", EventKind.Completed)));
    }

    [Test]
    public async Task Generation_ThatExceedsTheLimitWithItsHeldText_IsStopped()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxCharactersPerStream = 3 });

        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("café")));

        Assert.That((end.Text, end.Ending, end.Reason), Is.EqualTo(("caf", EventKind.Stopped, "limit")));
    }

    [Test]
    public async Task Generation_StoppedAtALimit_HasNoHoleBeforeTheHeldText()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxCharactersPerStream = 10 });

        // 'abcde' exceeds the limit, 'é' alone would not.
        var end = await fixture.EndOf(await fixture.StartAsync(Generators.Texts("12345678", "abcdeé")));

        Assert.That((end.Text, end.Reason), Is.EqualTo(("12345678", "limit")));
    }

    [Test]
    public async Task Generation_InAFullStore_IsStoppedAndStillClosed()
    {
        var fixture = new GenerationFixture(new StreamsOptions { MaxTotalBytes = 64 * 1024 });
        var word = new string('x', 1_000);

        var end = await fixture.EndOf(await fixture.StartAsync(_ => Enumerable.Repeat(word, 1_000).Select(text => (SseStreaming.Application.Generations.GeneratedText)text).ToAsyncEnumerable()));

        Assert.That((end.Ending, end.Reason), Is.EqualTo((EventKind.Stopped, "limit")));
        Assert.That(end.Text.Length, Is.GreaterThan(0).And.LessThan(64 * 1024));
    }
}
