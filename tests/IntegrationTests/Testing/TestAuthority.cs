using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>An OpenID provider for tests: it publishes its metadata and its keys, and signs tokens.</summary>
internal sealed class TestAuthority : IAsyncDisposable
{
    private readonly Dictionary<string, RSA> _keys = [];
    private readonly WebApplication _app;

    public TestAuthority(int port)
    {
        Address = $"http://127.0.0.1:{port}";
        AddKey("first");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Text(
            new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = $"{Address}/keys" }.ToJsonString(), "application/json"));
        _app.MapGet("/keys", () =>
        {
            KeyRequests++;
            return Results.Text(Keys(), "application/json");
        });
    }

    public string Address { get; }

    public string Issuer => $"{Address}/issuer";

    public int KeyRequests { get; private set; }

    public Task StartAsync() => _app.StartAsync();

    /// <summary>The published key set.</summary>
    public string Keys()
    {
        lock (_keys)
        {
            return new JsonObject
            {
                ["keys"] = new JsonArray([.. _keys.Select(key => (JsonNode)new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["kid"] = key.Key,
                    ["n"] = Base64Url.EncodeToString(key.Value.ExportParameters(false).Modulus),
                    ["e"] = Base64Url.EncodeToString(key.Value.ExportParameters(false).Exponent),
                })]),
            }.ToJsonString();
        }
    }

    public string PublicKeyPem(string keyId) => _keys[keyId].ExportSubjectPublicKeyInfoPem();

    public void AddKey(string keyId)
    {
        lock (_keys)
            _keys[keyId] = RSA.Create(2048);
    }

    public string Token(string subject, string keyId = "first", string? issuer = null, string audience = Tokens.Audience) =>
        Tokens.Of(subject, _keys[keyId], keyId, issuer ?? Issuer, audience);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var key in _keys.Values)
            key.Dispose();
    }
}
