using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.BrowserTests;

/// <summary>
/// Every state of the page, light and dark, narrow and wide. With <c>SCREENSHOTS=folder</c> a screenshot of each state is saved in that folder.
/// </summary>
[TestFixture(1280, 860, ColorScheme.Light)]
[TestFixture(1280, 860, ColorScheme.Dark)]
[TestFixture(320, 640, ColorScheme.Light)]
[TestFixture(320, 640, ColorScheme.Dark)]
[Category(TestCategories.Long)]
internal sealed class AppearanceTests(int width, int height, ColorScheme scheme) : BrowserTest
{
    private const string Article = """
        # The river

        It rises in the *hills* and is **slow**, as [rivers](https://example.org/) are:

        1. a spring
        2. a brook

        > A walk along it
        > ends at the sea.

        ```
        let flow = spring + rain;
        ```

        | month | metres |
        |---|---|
        | May | 2.5 |

        - [x] mapped
        - [ ] named
        """;

    private const string ManyScripts = """
        # English, then others

        1. An item with `code`
        2. פריט בעברית עם English בפנים
        3. عنصر عربي

        هذه فقرة عربية طويلة، فيها أرقام مثل 123 وكلمة English في الوسط.

        > ציטוט בעברית, וקישור https://example.org/דף, ואחריו המשך.

        | שם | ערך | הערה |
        |---|---:|---|
        | ראשון | 12 | הערה ארוכה למדי |

        **「強調」**です。请访问https://example.org/路径，然后继续。

        | 名称 | 说明 | 数量 | 备注 |
        |---|---|---|---|
        | incomprehensibility | 一种常见的水果，味道很甜，营养丰富 | 12 | internationalization |

        한국어**(강조)**는 이렇게 합니다. \(a_1 * b_1 * c\)

        ```
        print("مرحبا")  # שלום
        ```
        """;

    private StreamPage _page = null!;
    private Network _network = null!;

    [SetUp]
    public async Task Open()
    {
        _network = Own(new Network(BrowserFixture.Server));
        _page = await OpenAsync(_network.Address, options: new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            // A screenshot during a transition would show intermediate colours.
            ReducedMotion = ReducedMotion.Reduce,
        });
    }

    [Test]
    public Task Idle() => CheckAsync("idle");

    [Test]
    public async Task Idle_WithAPromptAndItsConnection()
    {
        await _page.ChooseAsync("model");
        await _page.EnterTokenAsync("open sesame");
        await CheckAsync("connection");
    }

    [Test]
    public async Task Connecting()
    {
        var silence = new TaskCompletionSource();
        BrowserFixture.Model = call => silence.Task;
        await _page.AskModelAsync();
        await _page.Page.GetByText("Waiting for the first word…").WaitForAsync();
        await CheckAsync("connecting");
        await _page["stop"].ClickAsync();
        await _page.StateAsync("stopped");
        silence.SetResult();
    }

    [Test]
    public async Task Streaming()
    {
        await _page.GenerateAsync(words: 100_000, pace: 5);
        await _page.WordsAsync(400);
        await CheckAsync("streaming");
        await _page.Page.Mouse.MoveAsync(width / 2, height / 3);
        await _page.Page.Mouse.WheelAsync(0, -200);
        await _page["latest"].WaitForAsync();
        await CheckAsync("scrolled-up");
        await _page["stop"].ClickAsync();
        await _page.StateAsync("stopped");
        await CheckAsync("stopped");
        await _page.CheckPassageAsync(BrowserFixture.Server);
    }

    [Test]
    public async Task Reconnecting()
    {
        await _page.GenerateAsync(words: 300, pace: 5);
        await _page.WordsAsync(60);
        _network.Cut();
        // A long wait keeps the page unchanged during the check.
        await _page["countdown"].Filter(new() { HasTextRegex = new("In ([4-9]|[1-9][0-9]) s") }).WaitForAsync();
        await CheckAsync("reconnecting");
        _network.Mend();
        await _page["retry"].ClickAsync();
        await _page.StateAsync("completed");
        await _page.CheckPassageAsync(BrowserFixture.Server);
    }

    [Test]
    public async Task Failed()
    {
        BrowserFixture.Model = async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Role + Sse.Text("It went well for a while, and then") + Sse.Text(" it did not."));
            call.Connection.Dispose();
        };
        await _page.AskModelAsync();
        await _page.StateAsync("failed");
        await CheckAsync("failed");
        await _page.CheckPassageAsync(BrowserFixture.Server);
    }

    [Test]
    public async Task Refused()
    {
        // The form validates the limits itself, so the form's validation is disabled to test that of the server.
        await _page["request"].EvaluateAsync("form => form.noValidate = true");
        await _page.GenerateAsync(words: 1_000_001, pace: 0);
        await _page.StateAsync("failed");
        Assert.That(await _page["problem-details"].TextContentAsync(), Does.Contain("words"));
        await CheckAsync("refused");
    }

    [Test]
    public async Task Finished()
    {
        await _page.GenerateAsync(words: 120, pace: 10);
        await _page.StateAsync("completed");
        await CheckAsync("finished");
        await _page.CheckPassageAsync(BrowserFixture.Server);
    }

    [Test]
    public async Task Finished_AsMarkdown()
    {
        BrowserFixture.Model = UpstreamServer.Streaming(Sse.Answer([.. Article.Chunk(5).Select(piece => new string(piece))]));
        await _page.ShowMarkdownAsync();
        await _page.AskModelAsync();
        await _page.StateAsync("completed");
        Assert.That(await _page.Page.Locator("[data-stat='usage']").TextContentAsync(), Does.StartWith("input tokens 3, output tokens "));
        await CheckAsync("markdown");
        await _page.ShowPlainAsync();
        await _page.CheckPassageAsync(BrowserFixture.Server);
    }

    [TestCase("plain")]
    [TestCase("markdown")]
    public async Task Finished_InManyScripts(string format)
    {
        BrowserFixture.Model = UpstreamServer.Streaming(Sse.Answer([.. ManyScripts.Chunk(5).Select(piece => new string(piece))]));
        if (format == "markdown")
            await _page.ShowMarkdownAsync();
        await _page.AskModelAsync();
        await _page.StateAsync("completed");
        await CheckAsync($"scripts-{format}");
        await _page.ShowPlainAsync();
        await _page.CheckPassageAsync(BrowserFixture.Server);
    }

    private async Task CheckAsync(string state)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } folder)
        {
            var name = $"{state}-{(width < 600 ? "narrow" : "wide")}-{scheme}.png".ToLowerInvariant();
            await _page.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name) });
        }
        Assert.That(await _page.Page.EvaluateAsync<int>("() => document.getAnimations().length"), Is.Zero, "no animation with reduced motion");
        Assert.That(await Axe.ViolationsAsync(_page.Page), Is.Empty);
        Assert.That(await _page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"), Is.EqualTo(width), "no horizontal scrolling of the page");
    }
}
