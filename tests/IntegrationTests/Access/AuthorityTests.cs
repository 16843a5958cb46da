using System.Net;
using System.Security.Cryptography;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>Tokens of an OpenID provider, with keys that the server reads from it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AuthorityTests
{
    private readonly TestAuthority _authority = new(Ports.Free());
    private RunningServer _server = null!;

    private Dictionary<string, string> Settings => new()
    {
        ["Auth:Required"] = "true",
        ["Auth:Authority"] = _authority.Address,
        ["Auth:Audience"] = Tokens.Audience,
    };

    [SetUp]
    public void StartServer() => _server = RunningServer.Start(Settings, []);

    [TearDown]
    public async Task Stop()
    {
        await _server.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Test]
    public async Task AuthorityToken_IsAccepted_AndKeysAreReadOnce()
    {
        await _authority.StartAsync();
        for (var i = 0; i < 20; i++)
            Assert.That(await StatusAsync(_authority.Token("alice")), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_authority.KeyRequests, Is.EqualTo(1));
    }

    [Test]
    public async Task OtherToken_IsRefused()
    {
        await _authority.StartAsync();
        using var strange = RSA.Create(2048);
        string[] tokens =
        [
            _authority.Token("alice", audience: "another"),
            _authority.Token("alice", issuer: _authority.Address),
            _authority.Token("alice", issuer: Tokens.Issuer),
            Tokens.Of("alice", strange, "first", _authority.Issuer),
            Tokens.Of("alice", strange, "unknown", _authority.Issuer),
            Tokens.Mutate(_authority.Token("alice"), 40),
            // The public key, used as a shared secret.
            OfIssuer("HS256", _authority.PublicKeyPem("first")),
            OfIssuer("HS256", _authority.Keys()),
            OfIssuer("none", Tokens.Key),
        ];
        foreach (var token in tokens)
            Assert.That(await StatusAsync(token), Is.EqualTo(HttpStatusCode.Unauthorized), token);
        Assert.That(await StatusAsync(_authority.Token("alice")), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task TokenOfANewKey_IsAcceptedAtOnce()
    {
        await _authority.StartAsync();
        Assert.That(await StatusAsync(_authority.Token("alice")), Is.EqualTo(HttpStatusCode.OK));

        _authority.AddKey("second");

        Assert.That(await StatusAsync(_authority.Token("alice", "second")), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(_authority.Token("alice")), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task TokensOfUnknownKeys_DoNotEachReadTheKeysAgain()
    {
        await _authority.StartAsync();
        using var strange = RSA.Create(2048);
        for (var i = 0; i < 50; i++)
            Assert.That(await StatusAsync(Tokens.Of("alice", strange, $"unknown-{i}", _authority.Issuer)), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_authority.KeyRequests, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task UnreachableAuthority_DelaysTokens_AndIsRequestedAgain()
    {
        using var refused = await _server.Client.SendAsync(Ask.Get("/sources").As(_authority.Token("alice")));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await Problem.OfAsync(refused)).GetProperty("type").GetString(), Is.EqualTo("urn:problem-type:sse-streaming:authority-unavailable"));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(await StatusAsync(null), Is.EqualTo(HttpStatusCode.Unauthorized), "a request without a token does not require the authority");

        await _authority.StartAsync();

        await Eventually.Happens(async () => await StatusAsync(_authority.Token("alice")) == HttpStatusCode.OK, "the authority is requested again");
    }

    [Test]
    public async Task Grants_WithoutAKey_AreRefused_AndTheStartLogsThat()
    {
        await _authority.StartAsync();
        var alice = _authority.Token("alice");
        using var started = await _server.Client.SendAsync(Ask.Post("/streams", """{"words":1,"pace":0}""").As(alice));

        using var refused = await _server.Client.SendAsync(Ask.Post($"/streams/{Ask.StartedBy(started)}/grants", "{}").As(alice));

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Problem.OfAsync(refused)).GetProperty("detail").GetString(), Does.Contain("no key to sign grants"));
        Assert.That(_server.Log.Lines.Count(line => line.Text.Contains("Auth:GrantKey", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Grants_WithAKey_AreCreated()
    {
        await _authority.StartAsync();
        await using var server = RunningServer.Start(new(Settings) { ["Auth:GrantKey"] = "a key for grants, which is long enough" }, []);
        var alice = _authority.Token("alice");
        using var started = await server.Client.SendAsync(Ask.Post("/streams", """{"words":1,"pace":0}""").As(alice));
        using var granted = await server.Client.SendAsync(Ask.Post($"/streams/{Ask.StartedBy(started)}/grants", "{}").As(alice));
        Assert.That(granted.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(server.Log.Lines.Where(line => line.Text.Contains("Auth:", StringComparison.Ordinal)), Is.Empty);
    }

    private string OfIssuer(string algorithm, string key) =>
        Tokens.Of("alice", claims => claims["iss"] = _authority.Issuer, key, algorithm);

    private async Task<HttpStatusCode> StatusAsync(string? token)
    {
        using var response = await _server.Client.SendAsync(Ask.Get("/sources").As(token)).WaitAsync(Eventually.Limit);
        return response.StatusCode;
    }
}
