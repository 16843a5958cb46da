using System.Text.Json;
using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>axe-core, which knows what makes a page hard to use for some; the client's own packages bring it.</summary>
internal static class Axe
{
    private static readonly Lazy<string> Script = new(() =>
        File.ReadAllText(Path.Combine(Repository.Root, "client", "node_modules", "axe-core", "axe.min.js")));

    /// <summary>Each violation, and where it is.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        // Evaluated, not added to the page: its policy would not allow that.
        await page.EvaluateAsync(Script.Value);
        var results = await page.EvaluateAsync<JsonElement>("async () => (await axe.run()).violations");
        return [.. results.EnumerateArray().SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node =>
            $"{violation.GetProperty("id")}: {node.GetProperty("html")} {node.GetProperty("failureSummary")}"))];
    }
}
