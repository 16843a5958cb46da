using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Domain;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Testing;

/// <summary>A server that requires tokens, with a running stream of alice's. The test controls the clock and the end of the stream.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal abstract class AccessTest
{
    protected FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    protected ScriptedGenerator Source { get; } = new();

    protected RunningServer Server { get; private set; } = null!;

    protected Script Script { get; private set; } = null!;

    protected StreamId Stream { get; private set; }

    protected string Alice => Token("alice");

    protected string Bob => Token("bob");

    protected virtual Dictionary<string, string> Settings => Tokens.Settings;

    [SetUp]
    public async Task StartServer()
    {
        Server = RunningServer.Start(Settings, [Source], services => services.AddSingleton<TimeProvider>(Time));
        Stream = await StartAsync(Alice);
        Script = await Source.NextAsync();
    }

    [TearDown]
    public async Task StopServer() => await Server.DisposeAsync();

    protected string Token(string subject, TimeSpan? lifetime = null) => Tokens.Of(
        subject, claims => claims["exp"] = (Time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(), now: Time.GetUtcNow());

    protected async Task<StreamId> StartAsync(string token, string source = ScriptedGenerator.Name)
    {
        using var response = await SendAsync(Ask.Post("/streams", $$"""{"source":"{{source}}","onDisconnect":"continue"}""").As(token));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        return Ask.StartedBy(response);
    }

    protected Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Limit);

    /// <summary>Creates a grant as alice for one of her streams.</summary>
    protected async Task<string> GrantAsync(StreamId streamId, int? seconds = null)
    {
        using var response = await SendAsync(Ask.Post($"/streams/{streamId}/grants", seconds is null ? "{}" : $$"""{"expiresIn":{{seconds}}}""").As(Alice));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("grant").GetString()!;
    }
}
