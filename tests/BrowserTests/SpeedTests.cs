using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>How the page bears what is far more than anybody can read.</summary>
internal sealed class SpeedTests : BrowserTest
{
    private const int Words = 100_000;

    [TestCase("plain")]
    [TestCase("markdown")]
    public async Task HundredThousandWords_AsFastAsTheyCome_DoNotStopThePage(string format)
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
        // A busy machine made it 140 ms and 6 of 100 frames; a page that lays out all of its text for each frame, 370 ms and 22.
        Assert.That(smoothness.LongestTask, Is.LessThan(300));
        Assert.That(smoothness.FramesOver(100), Is.LessThan(smoothness.Frames.Length * 3 / 20));
    }
}
