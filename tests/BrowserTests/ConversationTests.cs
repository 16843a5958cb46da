using System.Collections.Concurrent;
using System.Globalization;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.BrowserTests;

/// <summary>Follow-up prompts after an answer of a model, and incomplete answers.</summary>
internal sealed class ConversationTests : BrowserTest
{
    [Test]
    public async Task FollowUp_SendsTheConversation_AndAReloadShowsIt()
    {
        ConcurrentQueue<string[]> conversations = [];
        BrowserFixture.Model = async call =>
        {
            string[] messages = [.. call.Body.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").GetString()!)];
            conversations.Enqueue(messages);
            var number = ((messages.Length + 1) / 2).ToString(CultureInfo.InvariantCulture);
            await UpstreamServer.Streaming(Sse.Answer("Answer", $" {number}."))(call);
        };
        var page = await OpenAsync(BrowserFixture.Server);
        await page.AskModelAsync("First?");
        await page.StateAsync("completed");
        await page["follow-up-prompt"].FillAsync("Second?");
        await page.Page.Locator("#follow-up button").ClickAsync();
        await page.Page.Locator("#passage", new() { HasText = "Answer 2." }).WaitForAsync();
        await page.StateAsync("completed");
        Assert.That(conversations.Last(), Is.EqualTo(["First?", "Answer 1.", "Second?"]));

        await page.Page.ReloadAsync();
        await page.StateAsync("completed");
        Assert.That(await page.TextAsync(), Is.EqualTo("Answer 2."));
        await page.Page.Locator("#conversation .turn-answer", new() { HasText = "Answer 1." }).WaitForAsync();
        Assert.That(await page.Page.Locator("#conversation .turn-prompt").AllTextContentsAsync(), Is.EqualTo(["You asked: First?", "You asked: Second?"]));

        await page["regenerate"].ClickAsync();
        await Eventually.Happens(() => conversations.Count == 3, "the last answer is generated again");
        Assert.That(conversations.Last(), Is.EqualTo(["First?", "Answer 1.", "Second?"]));
    }

    [TestCase("stop", "The model gave no answer.")]
    [TestCase("content_filter", "A content filter withheld the answer.")]
    public async Task End_WithoutText_IsNotCalledComplete(string reason, string expected)
    {
        BrowserFixture.Model = UpstreamServer.Streaming(Sse.Role + Sse.Finish(reason) + Sse.Done);
        var page = await OpenAsync(BrowserFixture.Server);
        await page.AskModelAsync();
        await page.StateAsync("completed");
        Assert.That(await page["status"].TextContentAsync(), Is.EqualTo(expected));
    }

    [Test]
    public async Task Generation_ContinuedWithoutViewers_IsCompleteWhenThePageIsReopened()
    {
        var page = await OpenAsync(BrowserFixture.Server);
        await page["keep-generating"].CheckAsync();
        await page.GenerateAsync(words: 300, pace: 20);
        await page.WordsAsync(5);
        var address = page.Page.Url;
        var text = new Uri(BrowserFixture.Server, $"/streams/{page.Stream}/text");
        await page.Page.GotoAsync("about:blank");
        using var http = new HttpClient();
        var length = (await http.GetStringAsync(text)).Length;
        await Eventually.Happens(async () => (await http.GetStringAsync(text)).Length > length, "the text grows");
        await page.Page.GotoAsync(address);
        await page.Page.GetByText("A part of this text was generated while this page was closed.").WaitForAsync();
        await page.StateAsync("completed");
        await page.CheckPassageAsync(BrowserFixture.Server);
    }
}
