using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Embedding;

/// <summary>What is mapped, and how mistakes are reported.</summary>
internal sealed class MappingTests
{
    [Test]
    public async Task TwoPrefixes_ShowTheSameStreams()
    {
        await using var host = await TestHost.StartAsync(TestHost.AddStreams, app =>
        {
            app.MapTextStreams("/one");
            app.MapGroup("/group").MapTextStreams("/two");
        });

        using var started = await host.Client.SendAsync(Ask.Post("/group/two/streams", $$"""{ "source": "{{TestHost.Source}}" }"""));
        var location = started.Headers.Location!.ToString();
        using var other = await host.Client.GetAsync(new Uri(location.Replace("/group/two", "/one", StringComparison.Ordinal), UriKind.Relative));

        Assert.That(location, Does.StartWith("/group/two/streams/"));
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Prefix_ThatIsMappedTwice_StopsTheStart() => await Assert.ThatAsync(
        () => TestHost.StartAsync(TestHost.AddStreams, app =>
        {
            app.MapTextStreams("/ai");
            app.MapTextStreams("ai/");
        }),
        Throws.InvalidOperationException.With.Message.EqualTo("Text streams are mapped twice below '/ai'."));

    [Test]
    public async Task Map_WithoutTheServices_StopsTheStart() => await Assert.ThatAsync(
        () => TestHost.StartAsync(_ => { }, app => app.MapTextStreams("/ai")),
        Throws.InvalidOperationException.With.Message.StartsWith("Call AddTextStreams"));

    [Test]
    public async Task Source_ThatIsAddedTwice_StopsTheStart() => await Assert.ThatAsync(
        () => TestHost.StartAsync(
            builder =>
            {
                TestHost.AddStreams(builder);
                TestHost.AddStreams(builder);
            },
            app => app.MapTextStreams("/ai")),
        Throws.InstanceOf<Exception>().With.Message.Contains($"'{TestHost.Source}'"));

    [Test]
    public async Task Options_ThatAreNotValid_StopTheStart() => await Assert.ThatAsync(
        () => TestHost.StartAsync(
            builder =>
            {
                TestHost.AddStreams(builder);
                builder.Services.AddTextStreams(streams => streams.GrantKey = "too short");
            },
            app => app.MapTextStreams("/ai")),
        Throws.InstanceOf<OptionsValidationException>().With.Message.EqualTo("GrantKey is too short: it needs at least 32 bytes."));

    [Test]
    public async Task Routes_TakeTheConventionsOfTheHost()
    {
        await using var host = await TestHost.StartAsync(
            builder =>
            {
                TestHost.AddStreams(builder);
                builder.Services.AddCors(cors => cors.AddPolicy("pages", policy => policy.WithOrigins("https://page.example")));
            },
            app =>
            {
                app.UseCors();
                app.MapGet("/hello", () => "hello");
                app.MapTextStreams("/ai").RequireCors("pages");
            });

        Assert.That(await AllowsAsync("/ai/sources"), Is.True);
        Assert.That(await AllowsAsync("/hello"), Is.False);

        async Task<bool> AllowsAsync(string path)
        {
            using var response = await host.Client.SendAsync(Ask.Get(path).With("Origin", "https://page.example"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            return response.Headers.Contains("Access-Control-Allow-Origin");
        }
    }
}
