using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Access;

/// <summary>The list of a user's streams.</summary>
internal sealed class StreamListTests : AccessTest
{
    [Test]
    public async Task List_HasTheStreamsOfItsCaller_NewestFirst_InPages()
    {
        var streams = new List<string> { Stream.ToString() };
        for (var i = 0; i < 4; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            streams.Insert(0, (await StartAsync(Alice)).ToString());
        }
        var bobs = await StartAsync(Bob);

        var first = await ListAsync(Alice, "limit=3");
        var second = await ListAsync(Alice, $"limit=3&after={first.GetProperty("next").GetString()}");

        Assert.That(IdsOf(first).Concat(IdsOf(second)), Is.EqualTo(streams));
        Assert.That(second.GetProperty("next").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(IdsOf(await ListAsync(Bob)), Is.EqualTo([bobs.ToString()]));
        Assert.That(IdsOf(await ListAsync(Token("carol"))), Is.Empty);
        Assert.That(first.GetProperty("streams")[0].EnumerateObject().Select(field => field.Name),
            Is.EquivalentTo(new[] { "id", "source", "status", "created", "segments", "characters", "thread" }));
    }

    [TestCase("GET", "/sse?source=lorem&words=1&pace=0&thread=chat%20%C3%A9%22")]
    [TestCase("POST", "/sse")]
    [TestCase("POST", "/streams")]
    public async Task Thread_OfAnyStart_IsInTheStateAndTheList(string method, string path)
    {
        using var request = method == "GET"
            ? Ask.Get(path)
            : Ask.Post(path, """{"source":"lorem","words":1,"pace":0,"thread":"chat é\""}""");
        using var response = await SendAsync(request.As(Alice));
        Assert.That((int)response.StatusCode, Is.InRange(200, 201));
        await response.Content.ReadAsStringAsync().WaitAsync(Eventually.Limit);

        await Eventually.Happens(
            async () => IdsOf(await ListAsync(Alice, "status=completed&thread=chat%20%C3%A9%22")).Length == 1, "the stream has completed");
        var id = IdsOf(await ListAsync(Alice, "thread=chat%20%C3%A9%22")).Single();
        using var state = await SendAsync(Ask.Get($"/streams/{id}").As(Alice));
        Assert.That((await state.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("thread").GetString(), Is.EqualTo("chat é\""));
        Assert.That(IdsOf(await ListAsync(Alice, "status=running")), Is.EqualTo([Stream.ToString()]));
        Assert.That(IdsOf(await ListAsync(Alice, "thread=chat")), Is.Empty);
    }

    [TestCase("status=Running", "status")]
    [TestCase("status=", "status")]
    [TestCase("status=running&status=running", "status")]
    [TestCase("thread=", "thread")]
    [TestCase("thread=%00", "thread")]
    [TestCase("after=x", "after")]
    [TestCase("after=AAAAAAAAAAAAAAAAAAAAAA", "after")]
    [TestCase("limit=0", "limit")]
    [TestCase("limit=201", "limit")]
    [TestCase("limit=-1", "limit")]
    [TestCase("limit=99999999999", "limit")]
    [TestCase("staus=running", "")]
    public async Task List_WithAnInvalidFilter_NamesTheField(string query, string field)
    {
        using var response = await SendAsync(Ask.Get($"/streams?{query}").As(Alice));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Problem.OfAsync(response)).GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EqualTo([field]));
    }

    [Test]
    public async Task List_AfterAStreamOfAnotherSubject_DoesNotTellThatItExists()
    {
        var bobs = await StartAsync(Bob);
        using var known = await SendAsync(Ask.Get($"/streams?after={bobs}").As(Alice));
        using var unknown = await SendAsync(Ask.Get($"/streams?after={StreamId.New()}").As(Alice));

        Assert.That(known.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Problem.OfAsync(known)).GetProperty("detail").GetString(),
            Is.EqualTo((await Problem.OfAsync(unknown)).GetProperty("detail").GetString()));
    }

    [Test]
    public async Task List_WithoutAuthentication_IsForbidden_AndSaysWhy()
    {
        await using var open = RunningServer.Start();
        using var response = await open.Client.GetAsync(new Uri("/streams", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Problem.OfAsync(response)).GetProperty("detail").GetString(), Does.Contain("authenticated"));
    }

    [Test]
    public async Task Forget_StopsTheGeneration_AndEveryRouteAnswersThatTheStreamIsUnknown()
    {
        await using var viewer = await SseViewer.OpenAsync(Server, Ask.Get($"/streams/{Stream}/events").As(Alice));
        Script.Write("word");
        Assert.That((await viewer.ExpectAsync()).EventType, Is.EqualTo("started"));
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("word"));

        using var forgotten = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/streams/{Stream}?forget=true").As(Alice));

        Assert.That(forgotten.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await Script.Released.WaitAsync(Eventually.Limit);
        foreach (var route in AccessRoutes.OfAStream)
        {
            using var response = await SendAsync(route.Request(Stream).As(Alice));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), route.Name);
        }
        Assert.That(IdsOf(await ListAsync(Alice)), Is.Empty);
    }

    [TestCase("true%20")]
    [TestCase("True")]
    [TestCase("1")]
    [TestCase("")]
    [TestCase("true&forget=true")]
    public async Task Forget_WithAnotherValue_IsRefused_AndStopsNothing(string value)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/streams/{Stream}?forget={value}").As(Alice));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Problem.OfAsync(response)).GetProperty("errors").EnumerateObject().Single().Name, Is.EqualTo("forget"));
        Assert.That((await Server.StateAsync(Stream, "alice")).Status, Is.EqualTo(Application.Contracts.StreamStatus.Running));
    }

    [Test]
    public async Task Forget_False_OnlyStops()
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/streams/{Stream}?forget=false").As(Alice));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Server.StateAsync(Stream, "alice")).Status, Is.EqualTo(Application.Contracts.StreamStatus.Stopped));
    }

    private async Task<JsonElement> ListAsync(string token, string query = "")
    {
        using var response = await SendAsync(Ask.Get($"/streams?{query}").As(token));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string[] IdsOf(JsonElement list) =>
        [.. list.GetProperty("streams").EnumerateArray().Select(stream => stream.GetProperty("id").GetString()!)];
}
