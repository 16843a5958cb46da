using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>A grant lets its holder read one stream until it expires, and nothing else.</summary>
internal sealed class GrantTests : AccessTest
{
    private const HttpStatusCode Refused = HttpStatusCode.Unauthorized;

    [Test]
    public async Task Grant_OnEveryRoute_ReadsItsStreamAndNothingElse()
    {
        var grant = await GrantAsync(Stream);
        foreach (var route in AccessRoutes.All)
        {
            using var response = await SendAsync(route.With(Stream, $"grant={grant}"));
            Assert.That(response.StatusCode, Is.EqualTo(route.TakesGrant ? HttpStatusCode.OK : Refused), route.Name);
        }
        Assert.That((await Server.StateAsync(Stream, "alice")).Status, Is.EqualTo(Application.Contracts.StreamStatus.Running));
        Assert.That(Source.HasBegunAnother, Is.False);
    }

    [Test]
    public async Task Grant_OnTheRoutesOfAnotherStream_FindsNothing()
    {
        var grant = await GrantAsync(Stream);
        foreach (var owner in new[] { Alice, Bob })
        {
            var other = await StartAsync(owner, "lorem");
            foreach (var route in AccessRoutes.OfAStream)
            {
                using var response = await SendAsync(route.With(other, $"grant={grant}"));
                Assert.That(response.StatusCode, Is.EqualTo(route.TakesGrant ? HttpStatusCode.NotFound : Refused), route.Name);
            }
        }
    }

    [Test]
    public async Task Grant_WithTheTokenOfAnotherSubject_AddsItsStreamOnly()
    {
        var grant = await GrantAsync(Stream);
        foreach (var route in AccessRoutes.OfAStream)
        {
            using var response = await SendAsync(route.With(Stream, $"grant={grant}").As(Bob));
            Assert.That(response.StatusCode, Is.EqualTo(route.TakesGrant ? HttpStatusCode.OK : HttpStatusCode.NotFound), route.Name);
        }
        var bobs = await StartAsync(Bob, "lorem");
        using var own = await SendAsync(Ask.Get($"/streams/{bobs}?grant={grant}").As(Bob));
        Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the streams of the subject are still readable");
    }

    [Test]
    public async Task Grant_WithAnExpiredToken_IsEnough()
    {
        var grant = await GrantAsync(Stream);
        using var response = await SendAsync(Ask.Get($"/streams/{Stream}?grant={grant}").As(Token("bob", TimeSpan.FromMinutes(-5))));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task ExpiredGrant_IsRefusedOnEveryRoute()
    {
        var grant = await GrantAsync(Stream, seconds: 60);
        Time.Advance(TimeSpan.FromSeconds(60));
        foreach (var route in AccessRoutes.All)
        {
            using var response = await SendAsync(route.With(Stream, $"grant={grant}"));
            Assert.That(response.StatusCode, Is.EqualTo(Refused), route.Name);
            if (route.TakesGrant)
                Assert.That((await Problem.OfAsync(response)).GetProperty("detail").GetString(), Is.EqualTo("The grant has expired."), route.Name);
        }
    }

    [Test]
    public async Task Grant_WithAnyCharacterChanged_IsRefused()
    {
        var grant = await GrantAsync(Stream);
        string[] mutated =
        [
            .. Enumerable.Range(0, grant.Length).Select(place => Tokens.Mutate(grant, place)),
            .. Enumerable.Range(0, grant.Length).Select(place => grant.Remove(place, 1)),
            $"{grant}A", $"A{grant}", $"{grant}%20", $"%0A{grant}", $"{grant}==", $"{grant[..^1]}%3D", "", "A", new string('A', grant.Length), Alice,
        ];
        foreach (var text in mutated)
        {
            foreach (var route in AccessRoutes.OfAStream.Where(route => route.TakesGrant))
            {
                using var response = await SendAsync(route.With(Stream, $"grant={text}"));
                Assert.That(response.StatusCode, Is.EqualTo(Refused), $"{route}: {text}");
            }
        }
    }

    [Test]
    public async Task TwoGrants_AreRefused()
    {
        var grant = await GrantAsync(Stream);
        using var response = await SendAsync(Ask.Get($"/streams/{Stream}?grant={grant}&grant={grant}"));
        Assert.That(response.StatusCode, Is.EqualTo(Refused));
    }

    [Test]
    public async Task GrantForATokenOrATokenForAGrant_IsRefused()
    {
        var grant = await GrantAsync(Stream);
        using var asToken = await SendAsync(Ask.Get($"/streams/{Stream}").As(grant));
        using var inQuery = await SendAsync(Ask.Get($"/streams/{Stream}/events?access_token={grant}"));
        using var asGrant = await SendAsync(Ask.Get($"/streams/{Stream}?grant={Alice}"));
        Assert.That((asToken.StatusCode, inQuery.StatusCode, asGrant.StatusCode), Is.EqualTo((Refused, Refused, Refused)));
    }

    [TestCase("", 3600)]
    [TestCase("{}", 3600)]
    [TestCase("""{"expiresIn":null}""", 3600)]
    [TestCase("""{"expiresIn":1}""", 1)]
    [TestCase("""{"expiresIn":604800}""", 604_800)]
    public async Task Grant_HasTheRequestedLifetime(string body, int seconds)
    {
        var request = body.Length == 0 ? new HttpRequestMessage(HttpMethod.Post, $"/streams/{Stream}/grants") : Ask.Post($"/streams/{Stream}/grants", body);
        using var response = await SendAsync(request.As(Alice));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(response.Headers.CacheControl?.NoStore, Is.True);
        var made = await response.Content.ReadFromJsonAsync<JsonElement>();
        var grant = made.GetProperty("grant").GetString();
        Assert.That(made.GetProperty("url").GetString(), Is.EqualTo($"/streams/{Stream}/events?grant={grant}"));
        Assert.That(made.GetProperty("expires").GetDateTimeOffset(), Is.EqualTo(Time.GetUtcNow().AddSeconds(seconds)).Within(TimeSpan.FromSeconds(1)));
        await using var viewer = await SseViewer.OpenAsync(Server, made.GetProperty("url").GetString()!);
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));
    }

    [TestCase("""{"expiresIn":0}""", 400)]
    [TestCase("""{"expiresIn":-1}""", 400)]
    [TestCase("""{"expiresIn":604801}""", 400)]
    [TestCase("""{"expiresIn":1e300}""", 400)]
    [TestCase("""{"expiresIn":1.5}""", 400)]
    [TestCase("""{"expiresIn":"60"}""", 400)]
    [TestCase("""{"expiresIn":{}}""", 400)]
    [TestCase("""{"expires":60}""", 400)]
    [TestCase("""{"expiresIn":1,"expiresIn":2}""", 400)]
    [TestCase("[]", 400)]
    [TestCase("{", 400)]
    public async Task InvalidLifetime_IsRefused(string body, int status)
    {
        using var response = await SendAsync(Ask.Post($"/streams/{Stream}/grants", body).As(Alice));
        await Problem.OfAsync(response);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task GrantOfAnUnknownStream_IsRefused([Values("AAAAAAAAAAAAAAAAAAAAAA", "nonsense")] string id)
    {
        using var response = await SendAsync(Ask.Post($"/streams/{id}/grants", "{}").As(Alice));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Grant_ReadsLiveEvents_AndAClosedStream()
    {
        var grant = await GrantAsync(Stream);
        await using var viewer = await SseViewer.OpenAsync(Server, $"/streams/{Stream}/events?grant={grant}");
        Script.Write("one ", "two");
        Script.Complete();
        Assert.That(Ask.TextOf(await viewer.ReadToEndAsync()), Is.EqualTo("one two"));
        Assert.That(await Server.Client.GetStringAsync(new Uri($"/streams/{Stream}/text?grant={grant}", UriKind.Relative)), Is.EqualTo("one two"));
    }
}
