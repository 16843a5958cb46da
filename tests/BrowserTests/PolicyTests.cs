using Microsoft.Playwright;
using SseStreaming.BrowserTests.Testing;

namespace SseStreaming.BrowserTests;

/// <summary>The restrictions of the page by its Content-Security-Policy.</summary>
internal sealed class PolicyTests : BrowserTest
{
    [Test]
    public async Task Page_MayRunItsOwnScriptsOnly()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(BrowserFixture.Server);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(policy, Does.Contain("default-src 'self'"));
        Assert.That(policy, Does.Not.Contain("unsafe-").And.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("*"));

        var page = await OpenAsync(BrowserFixture.Server);
        await page.Page.EvaluateAsync("""
            () => {
              window.blocked = [];
              document.addEventListener('securitypolicyviolation', event => blocked.push(event.effectiveDirective));
              const script = document.createElement('script');
              script.textContent = 'window.ran = "an element"';
              document.body.append(script);
              document.body.setAttribute('onclick', 'window.ran = "an attribute"');
              document.body.click();
              setTimeout('window.ran = "a string"');
              document.body.setAttribute('style', 'display: none');
              fetch('http://127.0.0.1:1/').catch(() => undefined);
            }
            """);
        await page.Page.WaitForFunctionAsync("() => blocked.length >= 5");
        var blocked = await page.Page.EvaluateAsync<string[]>("() => blocked.sort()");
        Assert.That(blocked, Is.EqualTo(["connect-src", "script-src", "script-src-attr", "script-src-elem", "style-src-attr"]));
        Assert.That(await page.Page.EvaluateAsync<string?>("() => window.ran"), Is.Null);
        ForgetErrors();
    }

    [Test]
    public async Task Module_AsItIsServed_ReadsAStream()
    {
        var page = await OpenAsync(BrowserFixture.Server);
        var result = await page.Page.EvaluateAsync<string[]>("""
            async () => {
              const { openTextStream } = await import('/text-stream.js');
              const stream = openTextStream({ url: '/sse?source=lorem&words=50&pace=1' });
              let passage = '';
              for await (const event of stream) if (event.type === 'segment') passage += event.text;
              return [passage, stream.passage, await (await fetch(`/streams/${stream.streamId}/text`)).text()];
            }
            """);
        Assert.That(result.Distinct().Count(), Is.EqualTo(1));
        Assert.That(result[0], Is.Not.Empty);
    }
}
