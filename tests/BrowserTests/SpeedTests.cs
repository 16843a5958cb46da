using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>The page remains responsive at a rate far above reading speed.</summary>
internal sealed class SpeedTests : BrowserTest
{
    private const int Words = 100_000;

    [TestCase("plain")]
    [TestCase("markdown")]
    public async Task HundredThousandWords_WithoutPace_DoNotBlockThePage(string format)
    {
        var page = await OpenAsync(BrowserFixture.Server);
        if (format == "markdown")
            await page.ShowMarkdownAsync();
        await Smoothness.TakeAsync(page.Page);
        await page.GenerateAsync(Words, pace: 0);
        await page.StateAsync("completed");
        var smoothness = await Smoothness.TakeAsync(page.Page);
        await TestContext.Out.WriteLineAsync($"{Words} words as {format}: {smoothness}");

        await page.ShowPlainAsync();
        await page.CheckPassageAsync(BrowserFixture.Server);
        // A busy machine had 6 of 100 frames late; a page that lays out all of its text in each frame had 22. One long task proves nothing there.
        Assert.That(smoothness.FramesOver(100), Is.LessThan(smoothness.Frames.Length * 3 / 20));
    }
}
