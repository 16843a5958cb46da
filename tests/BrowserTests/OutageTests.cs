using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>Failures of servers and networks while a page reads a stream.</summary>
[Category(TestCategories.Long)]
internal sealed class OutageTests : BrowserTest
{
    private static readonly string[] Transports = ["post", "get"];

    [TestCaseSource(nameof(Transports))]
    public async Task Server_KilledAndRestarted_ShowsAllStoredText(string transport)
    {
        var server = SqliteNode();
        await server.StartAsync();
        var page = await OpenAsync(server.Address);
        await page.ChooseTransportAsync(transport);
        await page.GenerateAsync(words: 100_000, pace: 5);
        await page.WordsAsync(100);
        await server.KillAsync();
        await page.StateAsync("reconnecting");
        await server.StartAsync();
        // The next process continues the generation.
        await page.StateAsync("streaming");
        await page.WordsAsync(300);
        await page["stop"].ClickAsync();
        await page.StateAsync("stopped");
        await page.CheckPassageAsync(server.Address);
    }

    [TestCaseSource(nameof(Transports))]
    public async Task Network_CutRepeatedly_LosesNoWord(string transport)
    {
        var network = Own(new Network(BrowserFixture.Server));
        var page = await OpenAsync(network.Address);
        await page.ChooseTransportAsync(transport);
        await page.GenerateAsync(words: 1000, pace: 8);
        foreach (var words in (int[])[50, 150, 250])
        {
            await page.WordsAsync(words);
            network.Cut();
            await page.StateAsync("reconnecting");
            network.Mend();
            await page.StateAsync("streaming");
        }
        await page.StateAsync("completed");

        await page.CheckPassageAsync(BrowserFixture.Server);
    }

    [Test]
    public async Task Network_SilentForLongerThanTheWatchdogTimeout_LosesNoWord()
    {
        var network = Own(new Network(BrowserFixture.Server));
        var page = await OpenAsync(network.Address);
        // The pace is slow enough for heartbeats between words, from which the page derives its watchdog timeout.
        await page.GenerateAsync(words: 14, pace: (int)BrowserFixture.Heartbeat.TotalMilliseconds * 3 / 2);
        await page.WordsAsync(3);
        network.GoDead();
        await page.Page.GetByText("The server has gone silent. Reconnecting.").WaitForAsync();
        // New connections are accepted, but receive no response either.
        await page["countdown"].And(page.Page.Locator(":empty")).WaitForAsync(new() { State = WaitForSelectorState.Attached });
        var shown = await page.TextAsync();
        network.Mend();
        await page.StateAsync("completed");

        var passage = await page.CheckPassageAsync(BrowserFixture.Server);
        Assert.That(passage, Does.StartWith(shown).And.Length.GreaterThan(shown.Length));
    }

    [Test]
    public async Task MinimalPage_WithItsNetworkCut_LosesNoWord()
    {
        var network = Own(new Network(BrowserFixture.Server));
        var page = await OpenMinimalAsync(network.Address);
        await page.WordsAsync(20);
        network.Cut();
        await page.ReconnectingAsync();
        network.Mend();
        await page.CheckPassageAsync(BrowserFixture.Server);
    }
}
