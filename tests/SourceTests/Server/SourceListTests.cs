using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SseStreaming.Testing.Models;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Server;

/// <summary>The list of sources, and the health of sources that can't be used.</summary>
internal sealed class SourceListTests
{
    [Test]
    public async Task Sources_DescribeTheirOptions()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream,
            ("Sources:Query:rows:ConnectionString", "Host=127.0.0.1;Password=s3cret"),
            ("Sources:Query:rows:Sql", "SELECT id, body FROM t WHERE id > @after AND a > @number AND b = @flag AND c = @word AND d < @count"),
            ("Sources:Query:rows:Description", "Rows."),
            ("Sources:Query:rows:Parameters:number:Type", "Number"),
            ("Sources:Query:rows:Parameters:number:Default", "1.5"),
            ("Sources:Query:rows:Parameters:flag:Type", "Boolean"),
            ("Sources:Query:rows:Parameters:word:Required", "true"),
            ("Sources:Query:rows:Parameters:word:MaxLength", "20"),
            ("Sources:Query:rows:Parameters:count:Type", "Integer"),
            ("Sources:Query:rows:Parameters:count:Maximum", "7"));

        var list = await GetAsync(server, "/sources");

        var sources = list.GetProperty("sources").EnumerateArray().ToDictionary(source => source.GetProperty("name").GetString()!);
        Assert.Multiple(() =>
        {
            Assert.That(list.GetProperty("default").GetString(), Is.EqualTo("model"));
            Assert.That(sources.Keys, Is.EqualTo((string[])["document", "lorem", "model", "rows"]));
            Assert.That(Flags(sources["model"]), Is.EqualTo((true, true, true, false)));
            Assert.That(Flags(sources["rows"]), Is.EqualTo((false, false, false, true)));
            Assert.That(Flags(sources["lorem"]), Is.EqualTo((false, false, false, false)));
            Assert.That(sources["rows"].GetProperty("options").GetRawText(), Is.EqualTo(
                """{"type":"object","properties":{"count":{"type":"integer","description":"The parameter 'count' of the statement.","maximum":7},"flag":{"type":"boolean","description":"The parameter 'flag' of the statement."},"number":{"type":"number","description":"The parameter 'number' of the statement.","default":1.5},"word":{"type":"string","description":"The parameter 'word' of the statement.","minLength":1,"maxLength":20}},"required":["word"],"additionalProperties":false}"""));
            Assert.That(list.GetRawText(), Does.Not.Contain("s3cret").And.Not.Contain("SELECT"));
        });
    }

    [Test]
    public async Task OpenApiDocument_DescribesNumbersBooleansAndMessages()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream,
            ("Sources:Query:rows:ConnectionString", "Host=127.0.0.1"),
            ("Sources:Query:rows:Sql", "SELECT id, body FROM t WHERE id > @after AND b = @flag AND a > @number"),
            ("Sources:Query:rows:Parameters:number:Type", "Number"),
            ("Sources:Query:rows:Parameters:flag:Type", "Boolean"));

        var document = await GetAsync(server, "/openapi/v1.json");

        var properties = document.GetProperty("paths").GetProperty("/sse").GetProperty("post").GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("properties");
        Assert.That(((string[])["number", "flag", "messages"]).Select(name => properties.GetProperty(name).GetProperty("type").GetString()),
            Is.EqualTo((string[])["number", "boolean", "array"]));
        Assert.That(properties.GetProperty("messages").GetProperty("items").GetProperty("properties").GetProperty("role").GetProperty("enum")
            .EnumerateArray().Select(role => role.GetString()), Is.EqualTo((string[])["system", "user", "assistant"]));
    }

    [Test]
    public async Task UnusableSource_MakesTheServerDegraded_NotUnhealthy()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream,
            ("Sources:OpenAi:away:Endpoint", $"http://127.0.0.1:{port}/v1"), ("Sources:OpenAi:away:Model", "m"),
            ("Sources:Query:rows:ConnectionString", $"Host=127.0.0.1;Port={port};Password=s3cret"),
            ("Sources:Query:rows:Sql", "SELECT id, body FROM t WHERE id > @after"));

        using var answer = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative));

        var body = await answer.Content.ReadAsStringAsync();
        var sources = JsonDocument.Parse(body).RootElement.GetProperty("checks").GetProperty("sources");
        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(JsonDocument.Parse(body).RootElement.GetProperty("status").GetString(), Is.EqualTo("Degraded"));
            Assert.That(sources.GetProperty("description").GetString(), Does.Contain("'away'").And.Contain("'rows'").And.Not.Contain("'model'"));
            Assert.That(body, Does.Not.Contain("s3cret"));
        });
    }

    [Test]
    public async Task SourceWithARefusedKey_MakesTheServerDegraded_UntilARequestSucceeds()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Status(401), UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream);
        Assert.That(await StatusAsync(server), Is.EqualTo("Healthy"));

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?prompt=x"))
            await viewer.ReadToEndAsync();
        Assert.That(await StatusAsync(server), Is.EqualTo("Degraded"));

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?prompt=x"))
            await viewer.ReadToEndAsync();
        Assert.That(await StatusAsync(server), Is.EqualTo("Healthy"));
        Assert.That(upstream.Calls, Has.Count.EqualTo(2), "health checks send no requests to a model");
    }

    [Test]
    public async Task RequestThatTheModelRefuses_DoesNotChangeTheHealth()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Status(400));
        await using var server = ModelServer.Start(upstream);

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?prompt=x"))
            await viewer.ReadToEndAsync();

        Assert.That(await StatusAsync(server), Is.EqualTo("Healthy"));
    }

    private static async Task<string?> StatusAsync(RunningServer server) =>
        (await GetAsync(server, "/health/ready")).GetProperty("status").GetString();

    private static async Task<JsonElement> GetAsync(RunningServer server, string path) =>
        JsonDocument.Parse(await server.Client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    private static (bool Default, bool Prompt, bool Messages, bool Shared) Flags(JsonElement source) =>
        (source.GetProperty("default").GetBoolean(), source.GetProperty("takesPrompt").GetBoolean(),
            source.GetProperty("takesMessages").GetBoolean(), source.GetProperty("shared").GetBoolean());
}
