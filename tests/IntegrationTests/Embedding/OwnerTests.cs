using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.AspNetCore;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>The authentication of the host decides who owns a stream.</summary>
internal sealed class OwnerTests
{
    private const string Scheme = "Header";

    [Test]
    public async Task Stream_IsSeenByItsOwnerOnly()
    {
        await using var host = await StartAsync(_ => { }, app => app.MapTextStreams("/ai").RequireAuthorization());
        var location = await StartStreamAsync(host, "anna");

        Assert.That(await GetStatusAsync(host, location, "anna"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await GetStatusAsync(host, location, "bert"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await GetStatusAsync(host, location, user: null), Is.EqualTo(HttpStatusCode.Unauthorized));
        using var list = await host.Client.SendAsync(Ask.Get("/ai/streams").With(HeaderAuthentication.Header, "anna"));
        Assert.That((await list.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("streams").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Owner_IsTheOneThatTheHostNames()
    {
        await using var host = await StartAsync(streams => streams.Owner = user => user.FindFirst(ClaimTypes.GroupSid)?.Value, app => app.MapTextStreams("/ai"));
        var location = await StartStreamAsync(host, "anna");

        Assert.That(await GetStatusAsync(host, location, "alan"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await GetStatusAsync(host, location, "bert"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await GetStatusAsync(host, location, user: null), Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Anonymous_HasStreams_ByTheirIds()
    {
        await using var host = await StartAsync(_ => { }, app => app.MapTextStreams("/ai"));

        Assert.That(await GetStatusAsync(host, await StartStreamAsync(host, user: null), user: null), Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("a\u0001")]
    [TestCase("")]
    public async Task Owner_ThatCannotBeStored_IsAFaultOfTheHost(string owner)
    {
        await using var host = await StartAsync(streams => streams.Owner = _ => owner, app => app.MapTextStreams("/ai"));

        Assert.That(await GetStatusAsync(host, "/ai/streams", user: null), Is.EqualTo(HttpStatusCode.InternalServerError));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Grant_LetsOthersRead(bool requiresAuthorization)
    {
        await using var host = await StartAsync(
            streams => streams.GrantKey = "0123456789abcdef0123456789abcdef",
            app =>
            {
                var routes = app.MapTextStreams("/ai");
                if (requiresAuthorization)
                    routes.RequireAuthorization(new AuthorizationPolicyBuilder(Scheme, TextStreamGrantDefaults.AuthenticationScheme).RequireAuthenticatedUser().Build());
            });
        var location = await StartStreamAsync(host, "anna");
        using var granted = await host.Client.SendAsync(Ask.Post($"{location}/grants", "{}").With(HeaderAuthentication.Header, "anna"));
        var url = (await granted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!;

        Assert.That(url, Does.StartWith($"{location}/events?grant="));
        Assert.That(await GetStatusAsync(host, url, user: null), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await GetStatusAsync(host, url, "bert"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await GetStatusAsync(host, url[..^1], user: null), Is.EqualTo(requiresAuthorization ? HttpStatusCode.Unauthorized : HttpStatusCode.NotFound));
    }

    [Test]
    public async Task WithoutAKey_ThereAreNoGrants()
    {
        await using var host = await StartAsync(_ => { }, app => app.MapTextStreams("/ai"));
        var location = await StartStreamAsync(host, "anna");

        using var refused = await host.Client.SendAsync(Ask.Post($"{location}/grants", "{}").With(HeaderAuthentication.Header, "anna"));

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private static Task<TestHost> StartAsync(Action<TextStreamsOptions> configure, Action<WebApplication> map) => TestHost.StartAsync(
        builder =>
        {
            TestHost.AddStreams(builder);
            builder.Services.AddTextStreams(configure);
            builder.Services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>(Scheme, configureOptions: null).Services
                .AddAuthorization();
            new AuthenticationBuilder(builder.Services).AddTextStreamGrants();
        },
        map);

    private static async Task<string> StartStreamAsync(TestHost host, string? user)
    {
        using var started = await host.Client.SendAsync(Ask.Post("/ai/streams", $$"""{ "source": "{{TestHost.Source}}" }""").With(HeaderAuthentication.Header, user));
        Assert.That(started.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        return started.Headers.Location!.ToString();
    }

    private static async Task<HttpStatusCode> GetStatusAsync(TestHost host, string path, string? user)
    {
        using var response = await host.Client.SendAsync(Ask.Get(path).With(HeaderAuthentication.Header, user));
        return response.StatusCode;
    }
}
