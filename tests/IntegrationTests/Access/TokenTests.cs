using System.Net;
using System.Text.Json.Nodes;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>Every route with every token: only a valid one is accepted, and it gives access to its subject's streams only.</summary>
internal sealed class TokenTests : AccessTest
{
    private static readonly (string Name, Func<AccessClock, string> Token)[] Bad =
    [
        ("not a token", _ => "abc"),
        ("empty", _ => ""),
        ("two parts", clock => string.Join('.', clock.Good.Split('.')[..2])),
        ("bad signature", clock => Tokens.Mutate(clock.Good, clock.Good.Length - 5)),
        ("signature of another token", clock => $"{clock.Good[..clock.Good.LastIndexOf('.')]}.{clock.Of(_ => { }, "bob").Split('.')[2]}"),
        ("another's claims", clock => string.Join('.', clock.Good.Split('.')[0], clock.Of(_ => { }, "bob").Split('.')[1], clock.Good.Split('.')[2])),
        ("another key", clock => Tokens.Of("alice", key: "another key that is long enough, too", now: clock.Now)),
        ("alg none", clock => Tokens.Of("alice", algorithm: "none", now: clock.Now)),
        ("alg None", clock => Tokens.Of("alice", algorithm: "None", now: clock.Now)),
        ("alg none, with the good signature", clock => Tokens.Of("alice", algorithm: "none", now: clock.Now) + clock.Good.Split('.')[2]),
        ("alg HS384", clock => Tokens.Of("alice", algorithm: "HS384", now: clock.Now)),
        ("alg HS512", clock => Tokens.Of("alice", algorithm: "HS512", now: clock.Now)),
        ("expired", clock => clock.Of(claims => claims["exp"] = clock.Now.AddSeconds(-31).ToUnixTimeSeconds())),
        ("expired long ago", clock => clock.Of(claims => claims["exp"] = 1)),
        ("expires before the calendar", clock => clock.Of(claims => claims["exp"] = long.MinValue)),
        ("expiry is no number", clock => clock.Of(claims => claims["exp"] = "soon")),
        ("no expiry", clock => clock.Of(claims => claims.Remove("exp"))),
        ("not valid yet", clock => clock.Of(claims => claims["nbf"] = clock.Now.AddSeconds(32).ToUnixTimeSeconds())),
        ("another audience", clock => clock.Of(claims => claims["aud"] = "another-server")),
        ("audience in other letters", clock => clock.Of(claims => claims["aud"] = Tokens.Audience.ToUpperInvariant())),
        ("no audience", clock => clock.Of(claims => claims.Remove("aud"))),
        ("another issuer", clock => clock.Of(claims => claims["iss"] = "https://elsewhere.example")),
        ("no issuer", clock => clock.Of(claims => claims.Remove("iss"))),
        ("no subject", clock => clock.Of(claims => claims.Remove("sub"))),
        ("empty subject", clock => clock.Of(_ => { }, "")),
        ("two subjects", clock => clock.Of(claims => claims["sub"] = new JsonArray("alice", "bob"))),
        ("subject that is an object", clock => clock.Of(claims => claims["sub"] = new JsonObject { ["name"] = "alice" })),
        ("subject that is null", clock => clock.Of(claims => claims["sub"] = null)),
        ("subject that is too long", clock => clock.Of(_ => { }, new string('a', 256))),
        ("subject with a NUL", clock => clock.Of(_ => { }, "alice\0")),
        ("subject with a line", clock => clock.Of(_ => { }, "alice\r\nX: y")),
    ];

    [Test]
    public async Task BadToken_OnAnyRoute_IsRefused_AndTheStreamIsUnharmed()
    {
        var clock = new AccessClock(Time.GetUtcNow(), Alice);
        var failures = new List<string>();
        foreach (var (name, token) in Bad)
        {
            foreach (var route in AccessRoutes.All)
            {
                using var response = await SendAsync(route.Request(Stream).As(token(clock)));
                if (!await IsRefusalAsync(response, hasFault: name != "empty"))
                    failures.Add($"{name}: {route} answered {response.StatusCode} {response.Headers.WwwAuthenticate}");
            }
        }

        Assert.That(failures, Is.Empty);
        await AssertUnharmedAsync();
    }

    [TestCase(null)]
    [TestCase("Basic YWxpY2U6c2VjcmV0")]
    [TestCase("Bearer")]
    [TestCase("alice")]
    public async Task NoToken_OnAnyRoute_IsRefused_WithoutAnErrorCode(string? authorization)
    {
        foreach (var route in AccessRoutes.All)
        {
            using var response = await SendAsync(route.Request(Stream).With("Authorization", authorization));
            Assert.That(await IsRefusalAsync(response, hasFault: false), Is.True, $"{route}: {response.StatusCode} {response.Headers.WwwAuthenticate}");
        }
        await AssertUnharmedAsync();
    }

    [Test]
    public async Task TokenOfTheOwner_OnEveryRoute_IsAccepted()
    {
        Script.Write("word ");
        foreach (var route in AccessRoutes.OfAStream.Concat(AccessRoutes.Others))
        {
            using var response = await SendAsync(route.Request(Stream).As(Alice));
            Assert.That((int)response.StatusCode, Is.InRange(200, 204), route.Name);
        }
        using var state = await SendAsync(Ask.Get($"/streams/{Stream}").As(Alice));
        Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), "the last route of the stream deletes it");
    }

    [Test]
    public async Task TokenOfAnotherSubject_OnEveryRouteOfTheStream_GetsTheResponseOfAnUnknownStream()
    {
        foreach (var route in AccessRoutes.OfAStream)
        {
            using var known = await SendAsync(route.Request(Stream).As(Bob));
            using var unknown = await SendAsync(route.Request(StreamId.New()).As(Bob));

            Assert.That(known.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), route.Name);
            Assert.That(await BodyAsync(known), Is.EqualTo(await BodyAsync(unknown)), route.Name);
            Assert.That(known.Headers.Select(header => header.Key), Is.EquivalentTo(unknown.Headers.Select(header => header.Key)), route.Name);
        }
        await AssertUnharmedAsync();
    }

    [TestCase("exp", 29)]
    [TestCase("nbf", 29)]
    public async Task TokenWithinTheClockSkew_IsAccepted(string claim, int seconds)
    {
        var token = new AccessClock(Time.GetUtcNow(), Alice).Of(claims => claims[claim] = (Time.GetUtcNow() + TimeSpan.FromSeconds(claim == "exp" ? -seconds : seconds)).ToUnixTimeSeconds());
        using var response = await SendAsync(Ask.Get($"/streams/{Stream}").As(token));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("expired", "The token has expired.")]
    [TestCase("not valid yet", "The token is not valid yet.")]
    [TestCase("another issuer", "The token is not accepted.")]
    [TestCase("no subject", "The token has no valid 'sub'.")]
    public async Task Refusal_NamesTheError_AndRepeatsNoClaim(string name, string detail)
    {
        var token = Bad.Single(bad => bad.Name == name).Token(new AccessClock(Time.GetUtcNow(), Alice));
        using var response = await SendAsync(Ask.Get("/sources").As(token));

        var problem = await Problem.OfAsync(response);
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:problem-type:sse-streaming:unauthenticated"));
        Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo(detail));
        Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo($"Bearer error=\"invalid_token\", error_description=\"{detail}\""));
    }

    [Test]
    public async Task TokenInTheQuery_IsAcceptedWhereAnEventSourceNeedsIt_Only()
    {
        foreach (var route in AccessRoutes.All)
        {
            using var response = await SendAsync(route.With(Stream, $"access_token={Alice}"));
            Assert.That(response.StatusCode, Is.EqualTo(route.TakesTokenInQuery ? HttpStatusCode.OK : HttpStatusCode.Unauthorized), route.Name);
        }
        await AssertUnharmedAsync();
    }

    [TestCase("access_token={0}&access_token={0}", HttpStatusCode.Unauthorized)]
    [TestCase("access_token=&access_token={0}", HttpStatusCode.Unauthorized)]
    [TestCase("access_token=", HttpStatusCode.Unauthorized)]
    [TestCase("access_token", HttpStatusCode.Unauthorized)]
    [TestCase("access_token={0}x", HttpStatusCode.Unauthorized)]
    [TestCase("%61ccess_token={0}", HttpStatusCode.OK)]
    [TestCase("ACCESS_TOKEN={0}", HttpStatusCode.OK)]
    [TestCase("a=1&access_token={0}&b=2", HttpStatusCode.OK)]
    public async Task TokenInTheQuery_MustBeSingle(string query, HttpStatusCode status)
    {
        using var response = await SendAsync(Ask.Get($"/streams/{Stream}/events?{query.Replace("{0}", Alice, StringComparison.Ordinal)}"));
        Assert.That(response.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task TokenInTheQuery_WithAHeader_IsIgnored()
    {
        using var response = await SendAsync(Ask.Get($"/streams/{Stream}/events?access_token={Alice}").As(Bob));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task TokenInTheQuery_IsNoOptionOfTheSource()
    {
        await using var viewer = await SseViewer.OpenAsync(Server, $"/sse?access_token={Alice}&source=lorem&words=2&pace=0");
        Assert.That((await viewer.ReadToEndAsync()).Count(Ask.IsSegment), Is.EqualTo(2));
    }

    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    public async Task Health_NeedsNoToken(string path)
    {
        using var response = await SendAsync(Ask.Get(path));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task OpenApi_DescribesTheAccess()
    {
        using var response = await SendAsync(Ask.Get("/openapi/v1.json").As(Alice));
        var document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.That((string?)document["components"]!["securitySchemes"]!["Bearer"]!["scheme"], Is.EqualTo("bearer"));
        Assert.That(document["security"]![0]!["Bearer"], Is.Not.Null);
        var events = document["paths"]!["/streams/{id}/events"]!["get"]!;
        Assert.That(events["parameters"]!.AsArray().Select(parameter => (string?)parameter!["name"]), Is.SupersetOf(new[] { "access_token", "grant" }));
        Assert.That(events["responses"]!["401"], Is.Not.Null);
    }

    [Test]
    public async Task Preflight_NeedsNoToken_AndARefusalCanBeReadByThePage()
    {
        using var preflight = await SendAsync(new HttpRequestMessage(HttpMethod.Options, "/sse")
            .With("Origin", "http://localhost:5173").With("Access-Control-Request-Method", "POST").With("Access-Control-Request-Headers", "authorization"));
        using var refusal = await SendAsync(Ask.Get("/sources").With("Origin", "http://localhost:5173"));

        Assert.That(preflight.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(preflight.Headers.GetValues("Access-Control-Allow-Headers").Single(), Does.Contain("Authorization").IgnoreCase);
        Assert.That(refusal.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(refusal.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "http://localhost:5173" }));
        Assert.That(refusal.Headers.GetValues("Access-Control-Expose-Headers").Single(), Does.Contain("WWW-Authenticate"));
    }

    [Test]
    public async Task IdempotencyKey_OfTwoSubjects_StartsTwoStreams()
    {
        const string body = """{"source":"lorem","words":1,"pace":0}""";
        async Task<(HttpStatusCode, StreamId?)> SendKeyAsync(string token, string json)
        {
            using var response = await SendAsync(Ask.Post("/streams", json).With("Idempotency-Key", "k").As(token));
            return (response.StatusCode, response.IsSuccessStatusCode ? Ask.StartedBy(response) : null);
        }

        var (first, alices) = await SendKeyAsync(Alice, body);
        var (second, bobs) = await SendKeyAsync(Bob, """{"source":"lorem","words":2,"pace":0}""");
        var (again, same) = await SendKeyAsync(Bob, """{"source":"lorem","words":2,"pace":0}""");
        var (other, _) = await SendKeyAsync(Alice, """{"source":"lorem","words":2,"pace":0}""");

        Assert.That((first, second, again, other), Is.EqualTo(
            (HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity)));
        Assert.That(bobs, Is.Not.EqualTo(alices));
        Assert.That(same, Is.EqualTo(bobs));
    }

    private static async Task<bool> IsRefusalAsync(HttpResponseMessage response, bool hasFault)
    {
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return false;
        var problem = await Problem.OfAsync(response);
        return problem.GetProperty("type").GetString() == "urn:problem-type:sse-streaming:unauthenticated"
            && response.Headers.WwwAuthenticate.Single().Scheme == "Bearer"
            && response.Headers.WwwAuthenticate.Single().Parameter?.StartsWith("error=\"invalid_token\"", StringComparison.Ordinal) == (hasFault ? true : null);
    }

    private async Task AssertUnharmedAsync()
    {
        Assert.That((await Server.StateAsync(Stream, "alice")).Status, Is.EqualTo(Application.Contracts.StreamStatus.Running));
        Assert.That(Source.HasBegunAnother, Is.False);
    }

    /// <summary>The body without the parts that differ for each request.</summary>
    private static async Task<string> BodyAsync(HttpResponseMessage response)
    {
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        body.Remove("traceId");
        return body.ToJsonString();
    }

    /// <summary>Creates tokens with one error.</summary>
    private sealed record AccessClock(DateTimeOffset Now, string Good)
    {
        public string Of(Action<JsonObject> change, string subject = "alice") => Tokens.Of(subject, change, now: Now);
    }
}
