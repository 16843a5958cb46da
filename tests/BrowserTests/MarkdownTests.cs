using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.BrowserTests;

/// <summary>Markdown of a model is untrusted: it runs no script and loads nothing.</summary>
internal sealed class MarkdownTests : BrowserTest
{
    private static readonly string[] Hostile =
    [
        "<script>window.pwned = 1</script>",
        "<img src=x onerror=\"window.pwned = 1\">",
        "<svg onload=\"window.pwned = 1\"><style>*{display:none}</style></svg>",
        "<a href=\"javascript:window.pwned=1\">click</a>",
        "[click](javascript:window.pwned=1)",
        "[click](  JaVaScRiPt:window.pwned=1)",
        "[click](data:text/html,<script>window.pwned=1</script>)",
        "[click](vbscript:window.pwned=1) [click](&#106;avascript:window.pwned=1) [click](java%0ascript:window.pwned=1)",
        "[click][js]\n\n[js]: javascript:window.pwned=1",
        "![pixel](https://tracker.invalid/pixel.gif)",
        "![x](x \"onerror=window.pwned=1\")",
        "![a](https://tracker.invalid/\"onerror=\"window.pwned=1)",
        "<iframe srcdoc=\"<script>parent.pwned=1</script>\"></iframe>",
        "<object data=\"javascript:window.pwned=1\"></object><embed src=\"javascript:window.pwned=1\">",
        "<form action=\"javascript:window.pwned=1\"><button id=\"stop\">x</button></form>",
        "<meta http-equiv=refresh content=\"0;url=https://tracker.invalid/\"><base href=\"https://tracker.invalid/\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.pwned=1&gt;\">",
        "`<img src=x onerror=window.pwned=1>`",
        "```html\" onmouseover=\"window.pwned=1\n<img src=x onerror=window.pwned=1>\n```",
        "<div style=\"position:fixed;inset:0\">over it all</div>",
        "<https://example.org/\"onmouseover=\"window.pwned=1>",
        "| <img src=x onerror=window.pwned=1> | b |\n|---|---|\n| c | d |",
        "<!-- <script>window.pwned=1</script>",
    ];

    /// <summary>Each piece ends with incomplete Markdown, so piece sizes matter.</summary>
    [TestCase(3)]
    [TestCase(100_000)]
    public async Task Hostile_ExecutesNothing_LoadsNothing_AndLeavesThePageUnchanged(int characters)
    {
        var text = string.Join("\n\n", Hostile);
        BrowserFixture.Model = UpstreamServer.Streaming(Sse.Answer([.. text.Chunk(characters).Select(piece => new string(piece))]));
        var page = await OpenAsync(BrowserFixture.Server);
        List<string> externalRequests = [];
        page.Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(BrowserFixture.Server.ToString(), StringComparison.Ordinal))
                externalRequests.Add(request.Url);
        };
        await page.ShowMarkdownAsync();
        await page.AskModelAsync();
        await page.StateAsync("completed");

        Assert.That(await page.TextAsync(), Does.Contain("<script>window.pwned = 1</script>"), "HTML is shown as text");
        foreach (var link in await page["passage"].Locator("a").AllAsync())
            Assert.That(await link.GetAttributeAsync("href") ?? "https:", Does.Match("^(https?|mailto):"));
        // Triggers the handlers that hostile HTML would have attached.
        foreach (var element in await page["passage"].Locator(":scope *").AllAsync())
        {
            await element.DispatchEventAsync("mouseover");
            await element.DispatchEventAsync("error");
        }
        Assert.That(await page.Page.EvaluateAsync<bool>("() => 'pwned' in window"), Is.False);
        Assert.That(await page["passage"].Locator("script, img, svg, math, iframe, object, embed, form, style, meta, base, button, input, [id], [style], [class]").CountAsync(), Is.Zero);
        Assert.That(await page["stop"].CountAsync(), Is.EqualTo(1));
        Assert.That(externalRequests, Is.Empty);

        await page.ShowPlainAsync();
        Assert.That(await page.CheckPassageAsync(BrowserFixture.Server), Is.EqualTo(text));
    }
}
