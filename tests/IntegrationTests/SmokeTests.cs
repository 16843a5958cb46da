using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>The application in the framework's test server, without a socket: its services, its routes and its description.</summary>
internal sealed class SmokeTests
{
    private static readonly string[] Operations =
    [
        "GET /sse", "POST /sse", "POST /streams", "GET /streams/{id}", "DELETE /streams/{id}", "GET /streams/{id}/events", "GET /streams/{id}/text", "GET /streams",
        "GET /sources", "POST /streams/{id}/grants", "POST /streams/{id}/segments", "POST /streams/{id}/end",
    ];

    private WebApplicationFactory<Program> _application = null!;

    [OneTimeSetUp]
    public void Start() => _application = new Application();

    [OneTimeTearDown]
    public async Task Stop() => await _application.DisposeAsync();

    [TestCase(typeof(ITextStreamService))]
    [TestCase(typeof(IEventStreamStore))]
    [TestCase(typeof(IStreamSignal))]
    [TestCase(typeof(TimeProvider))]
    public void Services_AreRegisteredOnce(Type service)
    {
        Assert.That(_application.Services.GetServices(service).ToList(), Has.Count.EqualTo(1));
        using var scope = _application.Services.CreateScope();
        Assert.That(scope.ServiceProvider.GetRequiredService(service), Is.SameAs(_application.Services.GetRequiredService(service)));
    }

    [Test]
    public void Sources_OfTheDefaultConfiguration_AreLoremAndDocument() =>
        Assert.That(_application.Services.GetServices<ITextGenerator>().Select(generator => generator.Source.Name), Is.EquivalentTo(new[] { "lorem", "document" }));

    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    public async Task Health_IsHealthy(string path)
    {
        var client = _application.CreateClient();
        // The server may still warm up.
        await Eventually.Happens(async () => (await client.GetAsync(new Uri(path, UriKind.Relative))).IsSuccessStatusCode, "the server is ready");

        Assert.That(await client.GetStringAsync(new Uri(path, UriKind.Relative)), Does.Contain("Healthy").And.Not.Contain("Unhealthy"));
    }

    [TestCase("/sse?words=5&pace=0", 5)]
    [TestCase("/sse?source=document&file=alice.txt&pace=0", 20)]
    public async Task Sse_StreamsToTheEnd(string path, int atLeast)
    {
        await using var body = await _application.CreateClient().GetStreamAsync(new Uri(path, UriKind.Relative));

        var types = SseParser.Create(body).Enumerate().Select(item => item.EventType).ToList();

        Assert.That(types[0], Is.EqualTo("started"));
        Assert.That(types.Skip(1).SkipLast(2), Is.All.EqualTo("message"));
        Assert.That(types, Has.Count.AtLeast(atLeast + 3));
        Assert.That(types[^2], Is.EqualTo("completed"));
    }

    [Test]
    public async Task OpenApi_DescribesEveryRoute_ItsParameters_AndItsRefusals()
    {
        var document = await _application.CreateClient().GetFromJsonAsync<JsonElement>("/openapi/v1.json");

        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: $"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value)))
            .ToDictionary(operation => operation.Name, operation => operation.Value);
        Assert.That(operations.Keys, Is.EquivalentTo(Operations));
        Assert.That(operations.Values.Select(operation => operation.GetProperty("operationId").GetString()), Is.Unique);

        var post = operations["POST /sse"];
        Assert.That(Parameters(post), Is.SupersetOf(new[] { "Last-Event-ID", "lastEventId", "Idempotency-Key" }));
        Assert.That(post.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("properties")
            .EnumerateObject().Select(property => property.Name), Is.SupersetOf(new[] { "prompt", "source", "onDisconnect", "words", "pace", "seed", "file" }));
        Assert.That(Responses(post), Is.SupersetOf(new[] { "200", "204", "400", "404", "410", "413", "415", "422", "503" }));
        Assert.That(post.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("text/event-stream", out _), Is.True);
        Assert.That(Parameters(operations["GET /sse"]), Is.SupersetOf(new[] { "Last-Event-ID", "lastEventId", "prompt", "source", "words", "pace", "seed", "file", "onDisconnect" }));
        Assert.That(Parameters(operations["GET /streams/{id}/events"]), Is.EquivalentTo(new[] { "id", "Last-Event-ID", "lastEventId" }));
        Assert.That(Responses(operations["DELETE /streams/{id}"]), Is.EquivalentTo(new[] { "204", "400", "403", "404" }));
        Assert.That(operations["POST /streams/{id}/grants"].GetProperty("requestBody").GetRawText(), Does.Contain("expiresIn"));
    }

    [Test]
    public async Task Root_IsThePageOrReportsThatItIsMissing()
    {
        using var response = await _application.CreateClient().GetAsync(new Uri("/", UriKind.Relative));

        var body = await response.Content.ReadAsStringAsync();
        Assert.That(body, response.StatusCode is HttpStatusCode.NotFound ? Does.Contain("npm") : Does.Contain("<html").IgnoreCase);
    }

    private static IEnumerable<string?> Parameters(JsonElement operation) =>
        operation.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString());

    private static IEnumerable<string> Responses(JsonElement operation) =>
        operation.GetProperty("responses").EnumerateObject().Select(response => response.Name);

    private sealed class Application : WebApplicationFactory<Program>
    {
        private readonly LogCapture _log = new();

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            _log.Dispose();
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseSetting("Store", "Memory");
            foreach (var (key, value) in _log.Settings)
                builder.UseSetting(key, value);
        }
    }
}
