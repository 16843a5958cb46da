using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Sources;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>The routes work below any prefix, and their addresses have it.</summary>
[TestFixture("", "", "")]
[TestFixture("/ai", "/ai", "")]
[TestFixture("/{tenant}/ai/", "/acme/ai", "")]
[TestFixture("/ai", "/ai", "/proxy/app")]
internal sealed class PrefixTests(string prefix, string root, string proxy)
{
    private TestHost _host = null!;

    [OneTimeSetUp]
    public async Task Start() => _host = await TestHost.StartAsync(
        builder =>
        {
            TestHost.AddStreams(builder);
            builder.Services.AddTextSource("failing", FailAsync);
            builder.Services.Configure<ForwardedHeadersOptions>(forwarded => forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedPrefix);
        },
        app =>
        {
            app.UseForwardedHeaders();
            // So that the path base is known when a route is matched.
            app.UseRouting();
            app.MapTextStreams(prefix);
        });

    [OneTimeTearDown]
    public async Task Stop() => await _host.DisposeAsync();

    [Test]
    public async Task Location_IsThatOfTheStream()
    {
        using var started = await SendAsync(HttpMethod.Post, "/streams", new { source = TestHost.Source });

        Assert.That(started.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        Assert.That(started.Headers.Location!.ToString(), Is.EqualTo($"{proxy}{root}/streams/{id}"));
        using var state = await SendAsync(HttpMethod.Get, $"/streams/{id}");
        Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var stopped = await SendAsync(HttpMethod.Delete, $"/streams/{id}?forget=true");
        Assert.That(stopped.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task ViewerThatIsCut_ResumesExactly()
    {
        const int count = 20_000;
        var text = new List<string>();
        await using (var viewer = await SseViewer.OpenAsync(_host.Client, Create(HttpMethod.Get, $"/sse?source={TestHost.Source}&count={count}&onDisconnect=continue")))
        {
            for (var i = 0; i < 1_000; i++)
                text.Add((await viewer.ExpectAsync()).EventId!);
        }

        await using var resumed = await SseViewer.OpenAsync(_host.Client, Create(HttpMethod.Get, "/sse").With(Ask.LastEventId, text[^1]));
        text.AddRange((await resumed.ReadToEndAsync()).Where(item => item.EventId is not null).Select(item => item.EventId!));

        var stream = text[0].Split('.')[0];
        Assert.That(text, Is.EqualTo(Enumerable.Range(1, count + 2).Select(sequence => $"{stream}.{sequence}")));
        using var end = await _host.Client.SendAsync(Create(HttpMethod.Get, $"/streams/{stream}/events").With(Ask.LastEventId, text[^1]));
        Assert.That(end.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        using var whole = await SendAsync(HttpMethod.Get, $"/streams/{stream}/text");
        Assert.That(await whole.Content.ReadAsStringAsync(), Is.EqualTo(string.Concat(Enumerable.Range(0, count).Select(number => $"{number} "))));
    }

    [Test]
    public async Task Sources_AreThoseOfTheHost()
    {
        using var response = await SendAsync(HttpMethod.Get, "/sources");

        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain(TestHost.Source));
    }

    [Test]
    public async Task OpenAiDoor_Works()
    {
        using var models = await SendAsync(HttpMethod.Get, $"/v1/models/{TestHost.Source}");
        using var chat = await SendAsync(HttpMethod.Post, "/v1/chat/completions", new { model = TestHost.Source, messages = new[] { new { role = "user", content = "Count." } } });
        using var created = await SendAsync(HttpMethod.Post, "/v1/responses", new { model = TestHost.Source, input = "Count.", background = true });
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var response = await SendAsync(HttpMethod.Get, $"/v1/responses/{id}?stream=true");
        using var unknown = await SendAsync(HttpMethod.Get, "/v1/models/none");

        Assert.That(models.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await chat.Content.ReadAsStringAsync(), Does.Contain("\"content\":\"0 1 2 \""));
        Assert.That(chat.Headers.GetValues("x-request-id").Single(), Is.Not.Empty);
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("response.completed"));
        Assert.That(await unknown.Content.ReadAsStringAsync(), Does.StartWith("{\"error\":{"));
    }

    [Test]
    public async Task TextThatIsNotWhole_IsBrokenOff()
    {
        using var response = await _host.Client.SendAsync(
            Create(HttpMethod.Post, "/v1/chat/completions", new { model = "failing", stream = true, messages = new[] { new { role = "user", content = "Fail." } } }),
            HttpCompletionOption.ResponseHeadersRead);

        await using var body = await response.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);
        var lines = new List<string?>();
        await Assert.ThatAsync(async () => { while (true) lines.Add(await reader.ReadLineAsync()); }, Throws.InstanceOf<IOException>());
        Assert.That(lines, Has.Some.StartWith("data: {\"error\":"));
    }

    [Test]
    public async Task AiSdkDoor_Works()
    {
        const string chat = "a chat/1";
        using var sent = await SendAsync(HttpMethod.Post, "/api/chat", new
        {
            id = chat,
            source = TestHost.Source,
            messages = new[] { new { role = "user", parts = new[] { new { type = "text", text = "Count." } } } },
        });
        using var state = await SendAsync(HttpMethod.Get, $"/api/chat/{Uri.EscapeDataString(chat)}");
        using var stop = await SendAsync(HttpMethod.Post, $"/api/chat/{Uri.EscapeDataString(chat)}/stop");

        Assert.That(await sent.Content.ReadAsStringAsync(), Does.EndWith("data: [DONE]\n\n"));
        Assert.That((await state.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("thread").GetString(), Is.EqualTo(chat));
        Assert.That(stop.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task BodyAboveTheLimit_Is413()
    {
        using var response = await SendAsync(HttpMethod.Post, "/streams", new { source = TestHost.Source, prompt = new string('x', 300_000) });

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        await Problem.OfAsync(response);
    }

    private static async IAsyncEnumerable<string> FailAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return "Not whole";
        await Task.Yield();
        throw new InvalidOperationException("The source fails.");
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null) => _host.Client.SendAsync(Create(method, path, body));

    private HttpRequestMessage Create(HttpMethod method, string path, object? body = null) =>
        new HttpRequestMessage(method, root + path) { Content = body is null ? null : JsonContent.Create(body) }
            .With("X-Forwarded-Prefix", proxy.Length == 0 ? null : proxy);
}
