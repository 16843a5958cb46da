using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>Actions of a reader on a passage.</summary>
internal sealed class PassageTests : BrowserTest
{
    [Test]
    public async Task Generate_ShowsTheWholePassage()
    {
        var page = await OpenAsync(BrowserFixture.Server);
        await page.GenerateAsync(words: 300, pace: 2);
        await page.StateAsync("completed");

        var passage = await page.CheckPassageAsync(BrowserFixture.Server);
        Assert.That(Words(passage), Has.Length.EqualTo(300));
        Assert.That(await page.Page.Locator("[data-stat='words']").TextContentAsync(), Is.EqualTo("300"));
        Assert.That(await page["status"].TextContentAsync(), Is.EqualTo("Complete."));
    }

    [Test]
    public async Task Stop_EndsTheGeneration_AndKeepsItsText()
    {
        var page = await OpenAsync(BrowserFixture.Server);
        await page.GenerateAsync(words: 100_000, pace: 5);
        await page.WordsAsync(30);
        await page["stop"].ClickAsync();
        await page.StateAsync("stopped");

        var passage = await page.CheckPassageAsync(BrowserFixture.Server);
        Assert.That(Words(passage), Has.Length.LessThan(100_000));
        Assert.That(await page["status"].TextContentAsync(), Is.EqualTo("Stopped."));
    }

    [Test]
    public async Task Reload_DuringGeneration_ContinuesTheStream()
    {
        var page = await OpenAsync(BrowserFixture.Server);
        await page.GenerateAsync(words: 500, pace: 5);
        await page.WordsAsync(50);
        var stream = page.Stream;
        await page.Page.ReloadAsync();
        await page.StateAsync("completed");

        Assert.That(page.Stream, Is.EqualTo(stream));
        Assert.That(await page["option-words"].InputValueAsync(), Is.EqualTo("500"));
        var passage = await page.CheckPassageAsync(BrowserFixture.Server);
        Assert.That(Words(passage), Has.Length.EqualTo(500));
    }

    [Test]
    public async Task TwoTabs_OnOneStream_ShowTheSameLive()
    {
        var first = await OpenAsync(BrowserFixture.Server);
        await first.GenerateAsync(words: 500, pace: 5);
        await first.WordsAsync(50);
        var second = new StreamPage(await first.Page.Context.NewPageAsync());
        await second.Page.GotoAsync(first.Page.Url);
        await second.WordsAsync(50);
        await second.StateAsync("streaming");
        await Task.WhenAll(first.StateAsync("completed"), second.StateAsync("completed"));

        Assert.That(second.Stream, Is.EqualTo(first.Stream));
        var passage = await first.CheckPassageAsync(BrowserFixture.Server);
        Assert.That(await second.CheckPassageAsync(BrowserFixture.Server), Is.EqualTo(passage));
        Assert.That(await second["regenerate"].IsDisabledAsync(), "a second reader does not know the options of the request");
    }

    [Test]
    public async Task Post_CarriesTheAccessToken_ToTheStreamAndToItsStop()
    {
        var page = await OpenAsync(BrowserFixture.Server);
        List<IRequest> requests = [];
        page.Page.Request += (_, request) =>
        {
            if (request.ResourceType == "fetch")
                requests.Add(request);
        };
        await page.EnterTokenAsync("open sesame");
        await page.GenerateAsync(words: 100_000, pace: 5);
        await page.WordsAsync(10);
        await page["stop"].ClickAsync();
        await page.StateAsync("stopped");

        await page.CheckPassageAsync(BrowserFixture.Server);
        // After the stop, the page reads the segments that it had not received.
        var ofTheStream = requests.Where(request => new Uri(request.Url).AbsolutePath != "/streams");
        Assert.That(ofTheStream.Select(request => request.Method), Is.EqualTo((string[])["POST", "DELETE", "GET"]).Or.EqualTo((string[])["POST", "DELETE"]));
        foreach (var request in requests)
            Assert.That((await request.AllHeadersAsync())["authorization"], Is.EqualTo("Bearer open sesame"));
    }

    [Test]
    public async Task MinimalPage_ShowsThePassage()
    {
        var page = await OpenMinimalAsync(BrowserFixture.Server);
        await page.CheckPassageAsync(BrowserFixture.Server);
    }

    private static string[] Words(string passage) => passage.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
