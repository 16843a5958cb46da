using Microsoft.Playwright;
using NUnit.Framework.Interfaces;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>
/// A test in the browser. It fails if a page reports an error: an exception of a script, or a violation of the page's policy.
/// </summary>
internal abstract class BrowserTest : ProcessTest
{
    private readonly List<IBrowserContext> _contexts = [];
    private readonly List<string> _errors = [];

    protected async Task<StreamPage> OpenAsync(Uri server, string path = "/", BrowserNewContextOptions? options = null)
    {
        var page = await OpenPageAsync(new Uri(server, path), options);
        await page.Locator("#source option").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        return new StreamPage(page);
    }

    protected async Task<MinimalPage> OpenMinimalAsync(Uri server) =>
        await MinimalPage.OpenAsync(await OpenPageAsync(new Uri(server, "/minimal.html")));

    /// <summary>Opens a page in its own browser profile.</summary>
    protected async Task<IPage> OpenPageAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        var context = await BrowserFixture.Browser.NewContextAsync(options);
        _contexts.Add(context);
        context.SetDefaultTimeout((float)Eventually.Limit.TotalMilliseconds);
        await context.AddInitScriptAsync(Smoothness.Recorder);
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => Report(error);
        page.Console += (_, message) =>
        {
            // The browser reports each failed request, and tests provoke such failures.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                Report(message.Text);
        };
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>Discards errors that the test provoked.</summary>
    protected void ForgetErrors()
    {
        lock (_errors)
            _errors.Clear();
    }

    [TearDown]
    public async Task CloseContexts()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
            await KeepEvidenceAsync();
        foreach (var context in _contexts)
            await context.CloseAsync();
        _contexts.Clear();
        string[] errors;
        lock (_errors)
        {
            errors = [.. _errors];
            _errors.Clear();
        }
        Assert.That(errors, Is.Empty, "errors that pages reported");
    }

    private void Report(string error)
    {
        lock (_errors)
            _errors.Add(error);
    }

    private async Task KeepEvidenceAsync()
    {
        TestContext.AddTestAttachment(BrowserFixture.Log);
        foreach (var page in _contexts.SelectMany(context => context.Pages))
        {
            var file = Path.Combine(Folder, $"{Guid.NewGuid():N}.png");
            await page.ScreenshotAsync(new() { Path = file });
            TestContext.AddTestAttachment(file);
        }
    }
}
