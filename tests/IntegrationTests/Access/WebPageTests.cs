using System.Net;
using System.Text.Json;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>Without authentication, a web page of another site can neither read streams nor start generations.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WebPageTests
{
    private const string OtherHost = "evil.example";
    private const string AllowedPage = "http://localhost:5173";
    private const string OtherPage = "https://evil.example";

    private readonly ScriptedGenerator _source = new();

    [TestCase("GET", "/")]
    [TestCase("GET", "/sources")]
    [TestCase("GET", "/sse?source=scripted")]
    [TestCase("POST", "/streams")]
    [TestCase("GET", "/streams/AAAAAAAAAAAAAAAAAAAAAA/events")]
    [TestCase("DELETE", "/streams/AAAAAAAAAAAAAAAAAAAAAA")]
    public async Task OtherHost_IsRefused_AndTheSettingIsNamed(string method, string path)
    {
        await using var server = RunningServer.Start(_source);
        using var connection = await RawConnection.OpenAsync(server.EndPoint);

        await connection.SendAsync($"{method} {path} HTTP/1.1\r\nHost: {OtherHost}:{server.Address.Port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await connection.ReadHeadAsync();
        await connection.ReadToEndAsync();

        Assert.That(connection.Status, Is.EqualTo(403));
        Assert.That(connection.Head, Does.Contain("Content-Type: application/problem+json"));
        Assert.That(JsonDocument.Parse(connection.Body).RootElement.GetProperty("type").GetString(), Does.EndWith(":host-not-allowed"));
        Assert.That(connection.Body, Does.Contain("AllowedHosts").And.Not.Contain(OtherHost));
        Assert.That(_source.HasBegunAnother, Is.False);
    }

    [Test]
    public async Task OtherHost_MayReadTheHealth()
    {
        await using var server = RunningServer.Start();

        using var response = await server.Client.SendAsync(Ask.Get("/health/live").With("Host", OtherHost));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task OtherHost_IsAllowed_ByTheSettingOrWithAuthentication()
    {
        await using var named = RunningServer.Start(new() { ["AllowedHosts"] = OtherHost }, []);
        Assert.That((await named.Client.SendAsync(Ask.Get("/sources").With("Host", OtherHost))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await named.Client.SendAsync(Ask.Get("/sources").With("Host", "localhost"))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await named.Client.SendAsync(Ask.Get("/sources").With("Host", $"a.{OtherHost}"))).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));

        await using var guarded = RunningServer.Start(Tokens.Settings, []);
        Assert.That((await guarded.Client.SendAsync(Ask.Get("/sources").With("Host", OtherHost))).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("GET", "/sse?source=scripted")]
    [TestCase("GET", "/sse/?source=scripted")]
    [TestCase("GET", "/sse?source=scripted&lastEventId=")]
    [TestCase("POST", "/sse")]
    [TestCase("POST", "/streams")]
    [TestCase("DELETE", "/streams/AAAAAAAAAAAAAAAAAAAAAA")]
    public async Task PageOfAnotherSite_StartsAndStopsNothing(string method, string path)
    {
        await using var server = RunningServer.Start(_source);
        foreach (var origin in new[] { null, OtherPage, "null" })
        {
            using var response = await server.Client.SendAsync(Request(method, path, "cross-site", origin));

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            var problem = await Problem.OfAsync(response);
            Assert.That(problem.GetProperty("type").GetString(), Does.EndWith(":cross-site"));
            Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("Cors:Origins"));
        }
        Assert.That(_source.HasBegunAnother, Is.False);
    }

    [TestCase("cross-site", AllowedPage)]
    [TestCase("same-origin", null)]
    [TestCase("same-site", OtherPage)]
    [TestCase("none", null)]
    [TestCase(null, null)]
    [TestCase(null, OtherPage)]
    public async Task OtherRequests_Start(string? site, string? origin)
    {
        await using var server = RunningServer.Start(_source);

        using var response = await server.Client.SendAsync(Request("POST", "/streams", site, origin));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task PageOfAnotherSite_MayReadWhatCorsAllows()
    {
        await using var server = RunningServer.Start(_source);
        using var started = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"lorem","words":1,"pace":0}"""));
        var streamId = Ask.StartedBy(started);

        foreach (var path in new[] { $"/streams/{streamId}", $"/sse?lastEventId={streamId}.1", "/sources" })
        {
            using var response = await server.Client.SendAsync(Request("GET", path, "cross-site", OtherPage));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
        }
    }

    [Test]
    public async Task PageOfAnotherSite_WithAuthentication_NeedsAToken()
    {
        await using var server = RunningServer.Start(Tokens.Settings, [_source]);

        using var response = await server.Client.SendAsync(Request("POST", "/streams", "cross-site", OtherPage).As(Tokens.Of("alice")));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    private static HttpRequestMessage Request(string method, string path, string? site, string? origin)
    {
        var request = method == "POST" ? Ask.Post(path, """{"source":"scripted"}""") : new HttpRequestMessage(new HttpMethod(method), path);
        if (site is not null)
            request.With("Sec-Fetch-Site", site);
        if (origin is not null)
            request.With("Origin", origin);
        return request;
    }
}
