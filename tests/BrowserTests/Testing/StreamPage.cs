using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>The page, accessed by the hooks for tests that client/README.md documents.</summary>
internal sealed partial class StreamPage(IPage page)
{
    public IPage Page => page;

    public ILocator this[string id] => page.Locator($"#{id}");

    /// <summary>The id of the stream in the page's address.</summary>
    public string Stream => StreamInAddress().Match(page.Url) is { Success: true } found
        ? found.Groups[1].Value : throw new AssertionException($"{page.Url} names no stream.");

    /// <summary>Fills in the form: the source, and its options.</summary>
    public async Task ChooseAsync(string source, params (string Option, int Value)[] options)
    {
        await this["source"].SelectOptionAsync(source);
        foreach (var (option, value) in options)
            await this[$"option-{option}"].FillAsync(value.ToString(CultureInfo.InvariantCulture));
    }

    public async Task ChooseTransportAsync(string transport)
    {
        await OpenConnectionAsync();
        await this["transport"].SelectOptionAsync(transport);
    }

    public async Task EnterTokenAsync(string token)
    {
        await OpenConnectionAsync();
        await this["token"].FillAsync(token);
    }

    public Task GenerateAsync() => this["generate"].ClickAsync();

    /// <summary>Fills in the form for the source <c>lorem</c>, and generates.</summary>
    public async Task GenerateAsync(int words, int pace)
    {
        await ChooseAsync("lorem", ("words", words), ("pace", pace));
        await GenerateAsync();
    }

    /// <summary>Fills in the form for the source <c>model</c>, and generates.</summary>
    public async Task AskModelAsync(string prompt = "Say something.")
    {
        await ChooseAsync("model");
        await this["prompt"].FillAsync(prompt);
        await GenerateAsync();
    }

    public Task ShowMarkdownAsync() => page.Locator(".format label", new() { HasText = "Markdown" }).ClickAsync();

    public Task ShowPlainAsync() => page.Locator(".format label", new() { HasText = "Plain" }).ClickAsync();

    public Task StateAsync(string state) => page.Locator($"#status[data-state='{state}']").WaitForAsync();

    public Task WordsAsync(int atLeast) => Passage.WordsAsync(page, atLeast);

    public Task<string> TextAsync() => Passage.TextAsync(page);

    /// <summary>Checks that the page shows the passage that the server stores, and returns it.</summary>
    public Task<string> CheckPassageAsync(Uri server) => Passage.CheckAsync(page, server, Stream);

    private async Task OpenConnectionAsync()
    {
        if (!await this["transport"].IsVisibleAsync())
            await page.Locator(".connection summary").ClickAsync();
    }

    [GeneratedRegex(@"[?&]stream=([\w-]+)")]
    private static partial Regex StreamInAddress();
}
