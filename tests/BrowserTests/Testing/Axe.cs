using System.Text.Json;
using Microsoft.Playwright;

namespace SseStreaming.BrowserTests.Testing;

/// <summary>Checks the accessibility of a page with axe-core, which is a package of the client.</summary>
internal static class Axe
{
    private static readonly Lazy<string> Script = new(() =>
        File.ReadAllText(Path.Combine(Repository.Root, "client", "node_modules", "axe-core", "axe.min.js")));

    /// <summary>Returns each violation with its element.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        // The page's policy would block a script element.
        await page.EvaluateAsync(Script.Value);
        var results = await page.EvaluateAsync<JsonElement>("async () => (await axe.run()).violations");
        return [.. results.EnumerateArray().SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node =>
            $"{violation.GetProperty("id")}: {node.GetProperty("html")} {node.GetProperty("failureSummary")}"))];
    }
}
