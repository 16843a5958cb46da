using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>The passage, which every page shows in its element <c>passage</c>.</summary>
internal static partial class Passage
{
    private static readonly HttpClient Http = new() { Timeout = Eventually.Limit };

    public static Task WordsAsync(IPage page, int atLeast) => page.WaitForFunctionAsync(
        "atLeast => document.getElementById('passage').textContent.split(' ').length > atLeast", atLeast);

    public static Task<string> TextAsync(IPage page) =>
        page.EvaluateAsync<string>("() => document.getElementById('passage').textContent");

    /// <summary>Checks that the page shows the passage that the server stores, and returns it.</summary>
    public static async Task<string> CheckAsync(IPage page, Uri server, string stream)
    {
        var text = await Http.GetStringAsync(new Uri(server, $"/streams/{stream}/text"));
        // SSE does not distinguish CR, LF and CRLF.
        var passage = LineEnd().Replace(text, "\n");
        Assert.That(await TextAsync(page), Is.EqualTo(passage));
        Assert.That(passage, Is.Not.Empty);
        return passage;
    }

    [GeneratedRegex(@"\r\n?")]
    private static partial Regex LineEnd();
}
