using System.Globalization;
using System.Text.RegularExpressions;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.BrowserTests;

/// <summary>Text of every script: its direction, its words and sentences, and its translation by the browser.</summary>
internal sealed partial class WritingSystemTests : BrowserTest
{
    /// <summary>Replaces text nodes as a browser's translation does.</summary>
    private const string Translate = """
        passage => {
          const walker = document.createTreeWalker(passage, NodeFilter.SHOW_TEXT);
          const texts = [];
          while (walker.nextNode()) texts.push(walker.currentNode);
          for (const text of texts) {
            const font = document.createElement('font');
            font.append(Object.assign(document.createElement('font'), { textContent: text.data.toUpperCase() }));
            text.replaceWith(font);
          }
        }
        """;

    private const string RecordAnnouncements = """
        region => {
          window.announcements = [];
          new MutationObserver(() => window.announcements.push(region.textContent)).observe(region, { childList: true });
        }
        """;

    [TestCase("plain")]
    [TestCase("markdown")]
    public async Task TranslationDuringGeneration_DoesNotStopTheText(string format)
    {
        var page = await OpenAsync(BrowserFixture.Server);
        if (format == "markdown")
            await page.ShowMarkdownAsync();
        await page.GenerateAsync(words: 120, pace: 60);
        foreach (var words in new[] { 5, 20, 40 })
        {
            await page.WordsAsync(words);
            Assert.That(await page["passage"].GetAttributeAsync("translate"), Is.EqualTo("no"));
            await page["passage"].EvaluateAsync(Translate);
        }
        await page.StateAsync("completed");

        var shown = Words(await page.TextAsync());
        // Markdown formats the growing paragraph again, which removes its translation.
        if (format == "plain")
            Assert.That(shown.Take(5), Is.EqualTo(shown.Take(5).Select(word => word.ToUpperInvariant())), "the translation is kept");
        Assert.That(await page["passage"].GetAttributeAsync("translate"), Is.Null);
        await page.ShowMarkdownAsync();
        await page.ShowPlainAsync();
        var passage = Words(await page.CheckPassageAsync(BrowserFixture.Server));
        Assert.That(shown, Is.EqualTo(passage).IgnoreCase);
    }

    [Test]
    [Category(TestCategories.Long)]
    public async Task TwoHundredCharactersPerSecond_AreAnnouncedInSentences_WithTheNumberOfWordsLeftOut()
    {
        const int words = 300;
        var page = await OpenAsync(BrowserFixture.Server);
        await page["announcer"].EvaluateAsync(RecordAnnouncements);
        await page.GenerateAsync(words, pace: 30);
        await page.StateAsync("completed");

        var all = await page.Page.EvaluateAsync<string[]>("() => announcements");
        string[] announcements = [.. all.Where(text => text.Length > 0)];
        var passage = await page.TextAsync();
        Assert.That(announcements, Has.Length.GreaterThan(2));
        var count = 0;
        foreach (var announcement in announcements)
        {
            var leftOut = LeftOut().Match(announcement);
            var spoken = leftOut.Success ? announcement[..leftOut.Index] : announcement;
            Assert.That(passage, Does.Contain(spoken));
            Assert.That(spoken, Does.EndWith("."));
            count += Words(spoken).Length + (leftOut.Success ? int.Parse(leftOut.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
        }
        Assert.That(count, Is.EqualTo(words));
        Assert.That(announcements, Has.Some.Matches(LeftOut().ToString()), "the text is too fast for speech");
    }

    [TestCase("今天天气很好，我们去公园散步。", 7)]
    [TestCase("สวัสดีชาวโลก", 3)]
    [TestCase("مرحبا بالعالم", 2)]
    public async Task Words_AreCounted(string text, int words)
    {
        BrowserFixture.Model = UpstreamServer.Streaming(Sse.Answer([.. text.Chunk(2).Select(piece => new string(piece))]));
        var page = await OpenAsync(BrowserFixture.Server);
        await page.AskModelAsync();
        await page.StateAsync("completed");

        Assert.That(await page.Page.Locator("[data-stat='words']").TextContentAsync(), Is.EqualTo(words.ToString(CultureInfo.InvariantCulture)));
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@" (\d+) words? left out\.$")]
    private static partial Regex LeftOut();
}
