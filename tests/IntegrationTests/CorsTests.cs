using System.Net;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Pages of the configured origins may call the server, other pages may not.</summary>
internal sealed class CorsTests
{
    private const string Page = "http://localhost:5173";
    private const string Stranger = "http://elsewhere.example";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public void Start() => _server = RunningServer.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("/sse", "GET")]
    [TestCase("/sse", "POST")]
    [TestCase("/streams", "POST")]
    [TestCase("/streams/AAAAAAAAAAAAAAAAAAAAAA", "DELETE")]
    [TestCase("/streams/AAAAAAAAAAAAAAAAAAAAAA/events", "GET")]
    [TestCase("/v1/stream/a", "PUT")]
    [TestCase("/v1/stream/a", "HEAD")]
    public async Task Preflight_OfThePage_AllowsWhatClientsSend(string path, string method)
    {
        using var response = await PreflightAsync(Page, path, method, "last-event-id,authorization,idempotency-key,content-type,cache-control,traceparent,tracestate,baggage");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(Values(response, "Access-Control-Allow-Origin"), Is.EqualTo(new[] { Page }));
        Assert.That(Values(response, "Access-Control-Allow-Methods"), Does.Contain(method));
        Assert.That(Values(response, "Access-Control-Allow-Headers"),
            Is.SupersetOf(new[] { "Last-Event-ID", "Authorization", "Idempotency-Key", "Content-Type", "Cache-Control", "traceparent", "tracestate", "baggage" }).IgnoreCase);
    }

    [Test]
    public async Task Preflight_OfAnotherOrigin_AllowsNothing()
    {
        using var response = await PreflightAsync(Stranger, "/sse", "POST", "content-type");

        Assert.That(response.Headers.Select(header => header.Key), Has.None.StartsWith("Access-Control-Allow"));
    }

    [TestCase("/sse?words=1&pace=0", 200)]
    [TestCase("/sse?words=none", 400)]
    [TestCase("/streams/AAAAAAAAAAAAAAAAAAAAAA", 404)]
    public async Task Response_IsReadableByThePage(string path, int status)
    {
        using var response = await _server.Client.SendAsync(Ask.Get(path).With("Origin", Page));

        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(Values(response, "Access-Control-Allow-Origin"), Is.EqualTo(new[] { Page }));
        Assert.That(Values(response, "Access-Control-Expose-Headers"), Is.SupersetOf(new[] { "Location", "Retry-After" }));
    }

    [Test]
    public async Task Response_IsNotReadableByAnotherOrigin()
    {
        using var response = await _server.Client.SendAsync(Ask.Get("/sse?words=1&pace=0").With("Origin", Stranger));

        Assert.That(response.Headers.Select(header => header.Key), Has.None.StartsWith("Access-Control-Allow"));
    }

    private Task<HttpResponseMessage> PreflightAsync(string origin, string path, string method, string headers) =>
        _server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Options, path)
            .With("Origin", origin)
            .With("Access-Control-Request-Method", method)
            .With("Access-Control-Request-Headers", headers));

    private static string[] Values(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
            ? [.. values.SelectMany(value => value.Split(',')).Select(value => value.Trim())]
            : [];
}
