using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Serilog.Events;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>No log of any level contains what clients send or what is generated for them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SecrecyTests
{
    private const string Secret = Canary.Word;

    private readonly ScriptedGenerator _source = new();

    [TestCase("Information")]
    [TestCase("Verbose")]
    public async Task Log_HasNoPromptAndNoText(string level)
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Serilog:MinimumLevel"] = level }, [_source]);

        await AnswerEveryKindOfRequestAsync(server);
        await GenerateAsync(server);
        await BreakOffAsync(server);
        await server.StopAsync();

        Assert.That(server.Log.Requests.Count(), Is.GreaterThan(40), "the requests are logged");
        Assert.That(server.Log.Disconnects.Count(), Is.GreaterThan(0), "the disconnects are logged");
        foreach (var line in server.Log.Lines)
        {
            Assert.That(line.Text, Does.Not.Contain(Secret));
            Assert.That(line.Properties, Does.Not.Contain(Secret), line.Text);
            Assert.That(line.Exception?.ToString() ?? "", Does.Not.Contain(Secret), line.Text);
        }
    }

    [Test]
    public async Task Telemetry_HasNoPromptAndNoText()
    {
        using var spans = new Spans("Microsoft.AspNetCore", "SseStreaming.Streams", "SseStreaming.Models");
        await using var server = RunningServer.Start(_source);
        using var measured = new Measurements(server.Services.GetRequiredService<IMeterFactory>());

        await AnswerEveryKindOfRequestAsync(server);
        await GenerateAsync(server);
        await BreakOffAsync(server);
        await server.StopAsync();

        var own = measured.All.Where(item => item.Instrument.StartsWith("sse_streaming.", StringComparison.Ordinal)).ToList();
        Assert.That(measured.All, Has.Count.GreaterThan(200), "there are measurements");
        Assert.That(own.SelectMany(item => item.Tags.Values), Has.None.Matches<object?>(value => value?.ToString()?.Length >= StreamId.TextLength), "no ids");
        Assert.That(measured.All.SelectMany(item => item.Tags).Select(tag => $"{tag.Key}={tag.Value}").Distinct(), Has.None.Contain(Secret));
        Assert.That(spans.All, Has.Count.GreaterThan(40), "there are spans");
        foreach (var span in spans.All)
        {
            var texts = span.TagObjects.Concat(span.Events.SelectMany(item => item.Tags)).Select(tag => $"{tag.Key}={tag.Value}")
                .Concat(span.Events.Select(item => item.Name)).Append(span.DisplayName).Append(span.StatusDescription ?? "");
            Assert.That(texts, Has.None.Contain(Secret));
        }
    }

    [Test]
    public async Task Log_OfBadRequests_HasNoWarnings()
    {
        await using var server = RunningServer.Start();

        await AnswerEveryKindOfRequestAsync(server);
        await server.StopAsync();

        Assert.That(server.Log.Lines.Where(line => line.Level > LogEventLevel.Information), Is.Empty);
    }

    private static async Task AnswerEveryKindOfRequestAsync(RunningServer server)
    {
        string[] paths =
        [
            $"/sse?prompt={Secret}&words=1&pace=0", $"/sse?source={Secret}", $"/sse?words={Secret}", $"/sse?{Secret}=1", $"/sse?lastEventId={Secret}",
            $"/sse?source=document&file={Secret}", $"/streams/{Secret}", $"/streams/{Secret}/events", $"/streams/{Secret}/text", $"/{Secret}", $"/sse/{Secret}",
            $"/api/chat/{Secret}", $"/api/chat/{Secret}/stream", $"/api/chat/{Secret}/stop",
            $"/streams/{StreamId.New()}?{Secret}", $"/sources?{Secret}", $"/health/live?{Secret}", $"/openapi/v1.json?{Secret}", $"/%ff{Secret}",
        ];
        string[] bodies =
        [
            $$"""{"prompt":"{{Secret}}","words":1,"pace":0}""", $$"""{"source":"{{Secret}}"}""", $$"""{"{{Secret}}":1}""", $$"""{"prompt":"{{Secret}}""",
            $$"""["{{Secret}}"]""", Secret, $$"""{"prompt":"{{Secret}}","prompt":""}""", $$"""{"prompt":"{{Secret}}\ud800"}""", $$"""{"{{Secret}}\ud800":1}""",
            $$"""{"id":"{{Secret}}","words":1,"pace":0,"messages":[{"role":"user","parts":[{"type":"text","text":"{{Secret}}"}]}]}""",
            $$"""{"id":"{{Secret}}\u0001","source":["{{Secret}}"],"messages":[{"role":"{{Secret}}","parts":["{{Secret}}"]}]}""",
        ];
        foreach (var path in paths)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete, new HttpMethod(Secret) })
                await SendAsync(server, new HttpRequestMessage(method, path));
        }
        foreach (var body in bodies)
        {
            await SendAsync(server, Ask.Post("/sse", body));
            await SendAsync(server, Ask.Post("/streams", body));
            await SendAsync(server, Ask.Post("/api/chat", body));
            await SendAsync(server, Ask.Post($"/api/chat/{Secret}/stop", body));
            await SendAsync(server, Ask.Post("/sse", Encoding.UTF8.GetBytes(body), $"text/plain; charset={Secret}"));
            await SendAsync(server, Ask.Post("/sse", Encoding.UTF8.GetBytes(body), $"multipart/form-data; boundary={Secret}"));
        }
        await SendAsync(server, Ask.Get("/sse", Secret));
        await SendAsync(server, Ask.Get("/sse", $"{StreamId.New()}.1{Secret}"));
        await SendAsync(server, Ask.Post("/streams", """{"words":1}""").With("Idempotency-Key", Secret));
        await SendAsync(server, Ask.Post("/streams", """{"words":2}""").With("Idempotency-Key", Secret));
        await SendAsync(server, Ask.Post("/streams", """{"words":2}""").With("Idempotency-Key", $"{Secret} {Secret}"));

        // Requests that Kestrel rejects before the application receives them.
        foreach (var nonsense in new[]
        {
            $"{Secret}\r\n\r\n",
            $"GET /{Secret} HTTP/x\r\n\r\n",
            $"GET /{Secret}%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /sse HTTP/1.1\r\nHost: {Secret}@\r\n\r\n",
            $"GET /sse HTTP/1.1\r\nHost: localhost\r\n{Secret}\r\n\r\n",
            $"GET /sse?prompt={Secret}{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET /sse HTTP/1.1\r\nHost: localhost\r\nCookie: {Secret}{new string('x', 40_000)}\r\n\r\n",
            $"POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Secret}\r\n\r\n",
            $"POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{Secret}\r\n",
        })
        {
            using var connection = await RawConnection.OpenAsync(server.EndPoint);
            await connection.SendAsync(nonsense);
            await connection.ReadHeadAsync();
            Assert.That(connection.Status, Is.InRange(400, 499), nonsense[..Math.Min(100, nonsense.Length)]);
        }
    }

    private async Task GenerateAsync(RunningServer server)
    {
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", $$"""{"source":"scripted","prompt":"{{Secret}}"}"""));
        var script = await _source.NextAsync();
        script.Write($"This is {Secret}", $"\n{Secret}\r");
        script.Fail(new InvalidOperationException("A message of the source, which must not contain prompts."));
        Assert.That(Ask.TextOf(await viewer.ReadToEndAsync()), Does.Contain(Secret));
    }

    /// <summary>Disconnects clients: in the middle of a body, and in the middle of an event stream.</summary>
    private async Task BreakOffAsync(RunningServer server)
    {
        using var half = await RawConnection.OpenAsync(server.EndPoint);
        await half.SendAsync($"POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
        await half.ReadHeadAsync();
        await half.SendAsync($$"""{"prompt":"{{Secret}}""");
        var lines = server.Log.Lines.Count;
        half.Reset();
        await Eventually.Happens(() => server.Log.Lines.Count > lines, "the incomplete body is logged");

        using var viewer = await RawConnection.ViewAsync(server.EndPoint, string.Create(CultureInfo.InvariantCulture, $"/sse?source=scripted&prompt={Secret}"));
        (await _source.NextAsync()).Write(Secret);
        await viewer.ReadUntilAsync(Secret);
        viewer.Reset();
        await Eventually.Happens(() => server.Log.Disconnects.Any(), "the disconnect of the viewer is logged");
    }

    private static async Task SendAsync(RunningServer server, HttpRequestMessage request)
    {
        request.With("Authorization", $"Bearer {Secret}").With("User-Agent", Secret).With("Referer", $"http://{Secret}/").With("Origin", $"http://{Secret}")
            .With("Cookie", $"a={Secret}").With("X-Forwarded-For", Secret).With("traceparent", Secret).With("X-Request-ID", Secret);
        using var response = await server.Client.SendAsync(request).WaitAsync(Eventually.Limit);
        await response.Content.ReadAsByteArrayAsync().WaitAsync(Eventually.Limit);
        Assert.That((int)response.StatusCode, Is.LessThan(500));
    }
}
