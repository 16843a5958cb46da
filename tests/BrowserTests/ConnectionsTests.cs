using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>A browser opens at most six HTTP/1.1 connections to a site, for all of its tabs together.</summary>
[Category(TestCategories.Long)]
internal sealed class ConnectionsTests : BrowserTest
{
    private const int MaxConnections = 6;

    [Test]
    public async Task Stop_WithAllConnectionsTaken_StopsAndShowsTheLastWords()
    {
        var tabs = await OpenTabsAsync(MaxConnections);
        foreach (var tab in tabs)
        {
            await tab.GenerateAsync(words: 100_000, pace: 20);
            await tab.WordsAsync(5);
        }
        foreach (var tab in tabs)
        {
            await tab["stop"].ClickAsync();
            await tab.StateAsync("stopped");
            Assert.That(await tab["status"].TextContentAsync(), Is.EqualTo("Stopped."));
            await tab.CheckPassageAsync(BrowserFixture.Server);
        }
    }

    [Test]
    public async Task FurtherTab_WithAllConnectionsTaken_LoadsAndSaysWhyItWaits()
    {
        var tabs = await OpenTabsAsync(MaxConnections);
        foreach (var tab in tabs)
        {
            await tab.GenerateAsync(words: 100_000, pace: 20);
            await tab.WordsAsync(5);
        }
        var further = await OpenTabAsync(tabs[0]);
        await further.GenerateAsync(words: 100_000, pace: 20);
        await further.Page.GetByText("Too many tabs of this site are open").WaitForAsync();

        await tabs[0]["stop"].ClickAsync();
        await tabs[0].StateAsync("stopped");
        await further.StateAsync("streaming");
        foreach (var tab in tabs[1..].Append(further))
        {
            await tab["stop"].ClickAsync();
            await tab.StateAsync("stopped");
            await tab.CheckPassageAsync(BrowserFixture.Server);
        }
    }

    private async Task<List<StreamPage>> OpenTabsAsync(int count)
    {
        List<StreamPage> tabs = [await OpenAsync(BrowserFixture.Server)];
        while (tabs.Count < count)
            tabs.Add(await OpenTabAsync(tabs[0]));
        return tabs;
    }

    private static async Task<StreamPage> OpenTabAsync(StreamPage first)
    {
        var page = await first.Page.Context.NewPageAsync();
        await page.GotoAsync(BrowserFixture.Server.ToString());
        await page.Locator("#source option").First.WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Attached });
        return new StreamPage(page);
    }
}
