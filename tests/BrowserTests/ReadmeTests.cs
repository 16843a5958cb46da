using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>The sample of the README shows the whole passage.</summary>
internal sealed class ReadmeTests : BrowserTest
{
    [Test]
    public async Task EventSource_ShowsTheWholePassage()
    {
        var page = (await OpenAsync(BrowserFixture.Server)).Page;
        var sample = Readme.Samples("Use it", "js").Single();
        await page.EvaluateAsync($$"""
            () => {
              document.body.innerHTML = '<p id="output"></p>';
              const output = document.getElementById('output');
              {{sample}}
              events.addEventListener('started', ({ data }) => { globalThis.started = JSON.parse(data); });
              globalThis.events = events;
            }
            """);
        await page.WaitForFunctionAsync("() => events.readyState === EventSource.CLOSED");

        var streamId = await page.EvaluateAsync<string>("() => started.streamId");
        using var http = new HttpClient { BaseAddress = BrowserFixture.Server };
        var text = await http.GetStringAsync(new Uri($"/streams/{streamId}/text", UriKind.Relative));
        Assert.That(await page.EvaluateAsync<string>("() => document.getElementById('output').textContent"), Is.EqualTo(text.ReplaceLineEndings("\n")));
    }
}
