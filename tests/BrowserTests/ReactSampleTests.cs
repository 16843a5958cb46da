using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>The sample with React, as its one command starts it.</summary>
[Category(TestCategories.Long)]
internal sealed class ReactSampleTests : BrowserTest
{
    /// <summary>The command installs packages and builds the host.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [Test]
    public async Task Page_ShowsTheWholeText_AlsoIfItIsReloaded()
    {
        var page = new Uri($"http://localhost:{Ports.Free()}");
        var log = Path.Combine(Folder, "sample.log");
        await using var sample = new TestProcess("node", [Path.Combine(Repository.Root, "samples", "ReactPage", "start.mjs")], new Dictionary<string, string>
        {
            ["SERVER"] = $"http://localhost:{Ports.Free()}",
            ["PORT"] = $"{page.Port}",
            ["Store"] = "Memory",
        }, log);
        try
        {
            await ListeningAsync(new Uri(page, "/ai/sources"), sample, log);
            var shown = await OpenPageAsync(page);
            await shown.GetByText("Count", new() { Exact = true }).ClickAsync();
            await Assertions.Expect(shown.Locator("p")).ToContainTextAsync("1 2 3 ");

            await shown.ReloadAsync();

            await Assertions.Expect(shown.Locator("p")).ToHaveTextAsync(
                string.Join(' ', Enumerable.Range(1, 100)), new() { Timeout = (float)Eventually.Limit.TotalMilliseconds });
            await Assertions.Expect(shown.Locator("output")).ToHaveTextAsync("completed");
        }
        finally
        {
            if (!sample.HasExited)
                await sample.TerminateAsync();
        }
    }

    private static async Task ListeningAsync(Uri address, TestProcess sample, string log)
    {
        using var http = new HttpClient();
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(address);
                if (response.IsSuccessStatusCode)
                    return;
            }
            // It does not listen yet.
            catch (HttpRequestException)
            {
            }
            if (sample.HasExited || TimeProvider.System.GetElapsedTime(since) > Limit)
                Assert.Fail($"The sample does not run:\n{await File.ReadAllTextAsync(log)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
