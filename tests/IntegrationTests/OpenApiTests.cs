using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>The API description is complete, and the responses match it.</summary>
internal sealed class OpenApiTests
{
    private static readonly string[] Schemas =
    [
        "Append", "CompletedData", "CompletedEvent", "EndMarker", "EventIdField", "EventStream", "FailedData", "FailedEvent", "Grant", "Problem", "SegmentEvent", "Source",
        "SourceList", "StartedData", "StartedEvent", "StoppedData", "StoppedEvent", "StreamList", "StreamState", "StreamStatus", "StreamSummary", "Usage",
    ];

    private static readonly ScriptedGenerator Scripted = new();
    private static readonly CallbackGenerator Failing = new("failing", _ => throw new InvalidOperationException("The source fails."));
    private static RunningServer _server = null!;
    private static JsonElement _document;

    [OneTimeSetUp]
    public static async Task Start()
    {
        _server = RunningServer.Start(Scripted, Failing);
        _document = await _server.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
    }

    [OneTimeTearDown]
    public static async Task Stop() => await _server.DisposeAsync();

    [Test]
    public void EveryOperation_HasATagAndASummary_AndDescribesItsParameters()
    {
        foreach (var (name, operation) in Operations())
        {
            Assert.That(operation.GetProperty("tags").GetArrayLength(), Is.EqualTo(1), name);
            Assert.That(operation.GetProperty("summary").GetString(), Does.EndWith("."), name);
            foreach (var parameter in operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : default)
                Assert.That(parameter.GetProperty("description").GetString(), Is.Not.Empty, name);
        }
    }

    [Test]
    public void EveryProperty_OfASchemaHasADescription()
    {
        foreach (var name in new[] { "Append", "Grant", "Source", "SourceList", "StreamList", "StreamState", "StreamSummary", "Problem", "CompletedData", "StoppedData", "FailedData", "StartedData" })
        {
            foreach (var property in Schema(name).GetProperty("properties").EnumerateObject().Where(property => !property.Value.TryGetProperty("$ref", out _)))
                Assert.That(property.Value.TryGetProperty("description", out _), Is.True, $"{name}.{property.Name}");
        }
    }

    [Test]
    public void Schemas_AreThoseThatClientsSee() =>
        Assert.That(_document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name), Is.EquivalentTo(Schemas));

    [Test]
    public void Numbers_AreNotStrings()
    {
        var types = Descendants(_document).Where(element => element.ValueKind is JsonValueKind.Object && element.TryGetProperty("type", out _))
            .Select(element => element.GetProperty("type").GetRawText()).ToList();

        Assert.That(types, Has.Some.EqualTo("\"integer\""));
        Assert.That(types, Has.None.Match(".*(integer|number).*string.*|.*string.*(integer|number).*"));
    }

    [Test]
    public void Bodies_HaveOneMediaTypeEach()
    {
        string[] known = ["application/json", "application/problem+json", "text/event-stream", "text/plain"];

        var bodies = Descendants(_document).Where(element => element.ValueKind is JsonValueKind.Object && element.TryGetProperty("content", out _))
            .Select(element => element.GetProperty("content").EnumerateObject().Select(type => type.Name).ToList())
            // The message of a conversation has a property named content, too.
            .Where(names => !names.Contains("minLength"))
            // The text to append is sent in either form.
            .Where(names => !names.SequenceEqual(["application/json", "text/plain"])).ToList();

        Assert.That(bodies, Has.Count.AtLeast(20));
        Assert.That(bodies, Has.All.Count.EqualTo(1));
        Assert.That(bodies.SelectMany(types => types).Distinct(), Is.EquivalentTo(known));
    }

    [Test]
    public void References_AllHaveATarget()
    {
        foreach (var reference in Descendants(_document).Where(element => element.ValueKind is JsonValueKind.Object && element.TryGetProperty("$ref", out _)))
        {
            var target = _document;
            foreach (var part in reference.GetProperty("$ref").GetString()![2..].Split('/'))
                Assert.That(target.TryGetProperty(part, out target), Is.True, reference.GetRawText());
        }
    }

    [TestCase("/streams", "post", "201", "Location")]
    [TestCase("/streams", "post", "429", "Retry-After")]
    [TestCase("/sse", "get", "200", "X-Accel-Buffering")]
    [TestCase("/sse", "get", "503", "Retry-After")]
    [TestCase("/streams/{id}/grants", "post", "403", "WWW-Authenticate")]
    public void Headers_AreDescribed(string path, string method, string status, string header)
    {
        var response = _document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses").GetProperty(status);

        Assert.That(Resolve(Resolve(response).GetProperty("headers").GetProperty(header)).GetProperty("description").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task Events_HaveTheFieldsThatAreDescribed()
    {
        await using var completed = await SseViewer.OpenAsync(_server, "/sse?words=3&pace=0");
        await using var failed = await SseViewer.OpenAsync(_server, "/sse?source=failing");
        await using var stopped = await SseViewer.OpenAsync(_server, "/sse?source=scripted");
        var id = Ask.IdOf(await stopped.ExpectAsync()).StreamId;
        using var response = await _server.Client.DeleteAsync(new Uri($"/streams/{id}", UriKind.Relative));

        var events = (await completed.ReadToEndAsync()).Concat(await failed.ReadToEndAsync()).Concat(await stopped.ReadToEndAsync())
            .Where(item => item.EventType is not "message").DistinctBy(item => item.EventType).ToDictionary(item => item.EventType, item => item.Data);

        Assert.That(events.Keys, Is.EquivalentTo(new[] { "started", "completed", "failed", "stopped" }));
        foreach (var (name, data) in events)
        {
            var schema = Schema($"{char.ToUpperInvariant(name[0])}{name[1..]}Data");
            Assert.That(JsonDocument.Parse(data).RootElement.EnumerateObject().Select(field => field.Name),
                Is.EquivalentTo(schema.GetProperty("required").EnumerateArray().Select(field => field.GetString())), name);
        }
    }

    [Test]
    public async Task Models_HaveTheFieldsThatAreDescribed()
    {
        var started = await (await _server.Client.SendAsync(Ask.Post("/streams", """{"words":3}"""))).Content.ReadFromJsonAsync<JsonElement>();
        var sources = await _server.Client.GetFromJsonAsync<JsonElement>("/sources");

        foreach (var (name, value) in new[] { ("StreamState", started), ("SourceList", sources), ("Source", sources.GetProperty("sources")[0]) })
        {
            Assert.That(value.EnumerateObject().Select(field => field.Name),
                Is.EquivalentTo(Schema(name).GetProperty("properties").EnumerateObject().Select(field => field.Name)), name);
        }
    }

    [TestCase("Development", HttpStatusCode.OK)]
    [TestCase("Production", HttpStatusCode.NotFound)]
    public async Task PageOfTheDescription_IsServedInDevelopmentOnly(string environment, HttpStatusCode status)
    {
        await using var application = new WebApplicationFactory<Program>().WithWebHostBuilder(
            host => host.UseEnvironment(environment).UseSetting("Store", "Memory").UseSetting("Serilog:MinimumLevel", "Fatal"));

        using var response = await application.CreateClient().GetAsync(new Uri("/scalar/", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(status));
    }

    private static JsonElement Schema(string name) => _document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private static IEnumerable<(string Name, JsonElement Operation)> Operations() =>
        _document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => ($"{operation.Name} {path.Name}", operation.Value)));

    private static JsonElement Resolve(JsonElement element) => element.TryGetProperty("$ref", out var reference)
        ? reference.GetString()![2..].Split('/').Aggregate(_document, (target, part) => target.GetProperty(part))
        : element;

    private static IEnumerable<JsonElement> Descendants(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Descendants(property.Value)).Prepend(element),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Descendants).Prepend(element),
        _ => [],
    };
}
