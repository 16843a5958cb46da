using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>Ownership and grants apply on every node.</summary>
internal sealed class TwoNodeTests
{
    private PostgreSqlServer _postgres = null!;
    private string _database = null!;

    [OneTimeSetUp]
    public async Task StartDatabase() => _postgres = await PostgreSqlServer.RequireAsync();

    [OneTimeTearDown]
    public async Task StopDatabase()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    [SetUp]
    public async Task CreateDatabase() => _database = await _postgres.CreateDatabaseAsync();

    [Test]
    public async Task Stream_HasItsOwnerOnBothNodes_AndGrantsOfEitherAreAcceptedOnBoth()
    {
        var source = new ScriptedGenerator();
        await using var one = Start(Tokens.Settings, source);
        await using var two = Start(Tokens.Settings);
        var (alice, bob) = (Tokens.Of("alice"), Tokens.Of("bob"));
        var streamId = await StartAsync(one, alice);
        var script = await source.NextAsync();

        Assert.That(await StatusAsync(two, Ask.Get($"/streams/{streamId}").As(bob)), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(two, new HttpRequestMessage(HttpMethod.Delete, $"/streams/{streamId}").As(bob)), Is.EqualTo(HttpStatusCode.NotFound));
        var (ofOne, ofTwo) = (await GrantAsync(one, streamId, alice), await GrantAsync(two, streamId, alice));
        await using var onTwo = await SseViewer.OpenAsync(two, $"/streams/{streamId}/events?grant={ofOne}");
        await using var onOne = await SseViewer.OpenAsync(one, $"/streams/{streamId}/events?grant={ofTwo}");
        script.Write("word");
        script.Complete();
        Assert.That(Ask.TextOf(await onTwo.ReadToEndAsync()), Is.EqualTo("word"));
        Assert.That(Ask.TextOf(await onOne.ReadToEndAsync()), Is.EqualTo("word"));
    }

    [Test]
    public async Task Owner_StopsItsStream_OnTheOtherNode()
    {
        var source = new ScriptedGenerator();
        await using var one = Start(Tokens.Settings, source);
        await using var two = Start(Tokens.Settings);
        var streamId = await StartAsync(one, Tokens.Of("alice"));
        var script = await source.NextAsync();

        Assert.That(await StatusAsync(two, new HttpRequestMessage(HttpMethod.Delete, $"/streams/{streamId}").As(Tokens.Of("alice"))), Is.EqualTo(HttpStatusCode.NoContent));
        await script.Released.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task Owner_ForgetsItsStream_OnTheOtherNode()
    {
        var source = new ScriptedGenerator();
        await using var one = Start(Tokens.Settings, source);
        await using var two = Start(Tokens.Settings);
        var alice = Tokens.Of("alice");
        var streamId = await StartAsync(one, alice);
        var script = await source.NextAsync();
        script.Write("word");
        await Eventually.Happens(async () => await TextAsync(one, streamId, alice) == "word" && await TextAsync(two, streamId, alice) == "word", "both nodes have the text");
        using var list = await two.Client.SendAsync(Ask.Get("/streams?status=running").As(alice));
        Assert.That(await list.Content.ReadAsStringAsync(), Does.Contain(streamId.ToString()));

        Assert.That(
            await StatusAsync(two, new HttpRequestMessage(HttpMethod.Delete, $"/streams/{streamId}?forget=true").As(alice)), Is.EqualTo(HttpStatusCode.NoContent));

        await script.Released.WaitAsync(Eventually.Limit);
        foreach (var server in (RunningServer[])[one, two])
        {
            foreach (var part in (string[])["", "/events", "/text"])
                Assert.That(await StatusAsync(server, Ask.Get($"/streams/{streamId}{part}").As(alice)), Is.EqualTo(HttpStatusCode.NotFound));
        }
    }

    [Test]
    public async Task IdempotencyKey_JoinsOnTheOtherNode_ForTheSameSubjectOnly()
    {
        await using var one = Start(Tokens.Settings);
        await using var two = Start(Tokens.Settings);
        HttpRequestMessage Request(string subject) => Ask.Post("/streams", """{"source":"lorem","words":1,"pace":0}""").With("Idempotency-Key", "k").As(Tokens.Of(subject));
        using var first = await one.Client.SendAsync(Request("alice"));
        using var same = await two.Client.SendAsync(Request("alice"));
        using var other = await two.Client.SendAsync(Request("bob"));

        Assert.That((first.StatusCode, same.StatusCode, other.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Created)));
        Assert.That(Ask.StartedBy(same), Is.EqualTo(Ask.StartedBy(first)));
        Assert.That(Ask.StartedBy(other), Is.Not.EqualTo(Ask.StartedBy(first)));
    }

    [Test]
    public async Task Grant_OfANodeWithAnotherKey_IsRefused()
    {
        await using var one = Start(Tokens.Settings);
        await using var two = Start(new(Tokens.Settings) { ["Auth:GrantKey"] = "a key for grants, which is long enough" });
        var streamId = await StartAsync(one, Tokens.Of("alice"), "lorem");
        var grant = await GrantAsync(one, streamId, Tokens.Of("alice"));

        Assert.That(await StatusAsync(one, Ask.Get($"/streams/{streamId}?grant={grant}")), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(two, Ask.Get($"/streams/{streamId}?grant={grant}")), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private RunningServer Start(Dictionary<string, string> settings, params ScriptedGenerator[] sources) =>
        RunningServer.Start(new(settings) { ["Store"] = "PostgreSql", ["ConnectionStrings:PostgreSql"] = _database }, sources);

    private static async Task<StreamId> StartAsync(RunningServer server, string token, string source = ScriptedGenerator.Name)
    {
        using var response = await server.Client.SendAsync(Ask.Post("/streams", $$"""{"source":"{{source}}","onDisconnect":"continue"}""").As(token));
        return Ask.StartedBy(response);
    }

    private static async Task<string> GrantAsync(RunningServer server, StreamId streamId, string token)
    {
        using var response = await server.Client.SendAsync(Ask.Post($"/streams/{streamId}/grants", "{}").As(token));
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("grant").GetString()!;
    }

    private static async Task<string> TextAsync(RunningServer server, StreamId streamId, string token)
    {
        using var response = await server.Client.SendAsync(Ask.Get($"/streams/{streamId}/text").As(token));
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningServer server, HttpRequestMessage request)
    {
        using var response = await server.Client.SendAsync(request);
        return response.StatusCode;
    }
}
