using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace SseStreaming.ProcessTests;

/// <summary>Sinks and formats that are selected by configuration only.</summary>
internal sealed class LogSinkTests : ProcessTest
{
    private const string CompactJson = "Serilog.Formatting.Compact.CompactJsonFormatter, Serilog.Formatting.Compact";

    private string SinkFile => Path.Combine(Folder, "sink.txt");

    [Test]
    public async Task FileSink_ReceivesLines_WithoutPromptsAndTokens()
    {
        var lines = await RunAsync(new()
        {
            ["Serilog__WriteTo__1__Name"] = "File",
            ["Serilog__WriteTo__1__Args__path"] = SinkFile,
            ["Serilog__WriteTo__1__Args__outputTemplate"] = "{Level:u3} {SourceContext} {Message:lj} {Properties:j}{NewLine}{Exception}",
        });

        Assert.That(lines, Has.Some.Matches("^INF Serilog.AspNetCore.RequestLoggingMiddleware GET /sse answered 200 in .* ms, stream .+ "));
        Assert.That(lines, Has.Some.Contains("Now listening on"));
    }

    [TestCase(0, Description = "instead of the console")]
    [TestCase(1, Description = "in addition to the console")]
    public async Task CompactJson_ReceivesEvents_WithoutPromptsAndTokens(int index)
    {
        var lines = await RunAsync(new()
        {
            [$"Serilog__WriteTo__{index}__Name"] = "File",
            [$"Serilog__WriteTo__{index}__Args__path"] = SinkFile,
            [$"Serilog__WriteTo__{index}__Args__formatter"] = CompactJson,
        });

        var events = lines.ConvertAll(line => JsonSerializer.Deserialize<JsonElement>(line));
        var request = events.Single(item => item.TryGetProperty("Route", out var route) && route.GetString() == "/sse");
        Assert.That(request.GetProperty("Method").GetString(), Is.EqualTo("GET"));
        Assert.That(request.GetProperty("StatusCode").GetInt32(), Is.EqualTo(200));
        Assert.That(request.GetProperty("EventId").GetProperty("Name").GetString(), Is.EqualTo("Finished"));
        Assert.That(request.GetProperty("@tr").GetString(), Has.Length.EqualTo(32), "length of the trace id");
        Assert.That(events.Select(item => item.TryGetProperty("RequestPath", out _)), Has.None.True);
    }

    [Test]
    public async Task ConsoleInCompactJson_NeedsNoOtherSink()
    {
        await RunAsync(new() { ["Serilog__WriteTo__0__Args__formatter"] = CompactJson }, sinkFile: null);

        // Without the lines that the test harness writes.
        var lines = (await File.ReadAllLinesAsync(Path.Combine(Folder, "node.log"))).Where(line => !line.StartsWith("---", StringComparison.Ordinal));
        Assert.That(lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("@t").GetDateTimeOffset()).ToList(), Is.Not.Empty);
    }

    [Test]
    public async Task UnknownSink_IsReported()
    {
        await RunAsync(new() { ["Serilog__WriteTo__1__Name"] = "Nowhere" }, sinkFile: null);

        Assert.That(await File.ReadAllTextAsync(Path.Combine(Folder, "node.log")), Does.Contain("Unable to find a method called Nowhere"));
    }

    private Task<List<string>> RunAsync(Dictionary<string, string> settings) => RunAsync(settings, SinkFile);

    /// <summary>Runs a server at the lowest log level, sends it the canary, and returns the lines of the sink after the server has ended.</summary>
    private async Task<List<string>> RunAsync(Dictionary<string, string> settings, string? sinkFile)
    {
        settings["Store"] = "Memory";
        var node = Node("node", settings);
        await node.StartAsync();
        using (var http = new HttpClient { BaseAddress = node.Address })
        {
            http.DefaultRequestHeaders.Add("Authorization", $"Bearer {Canary.Word}");
            Assert.That(await http.GetStringAsync(new Uri($"/sse?words=3&pace=0&prompt={Canary.Word}&access_token={Canary.Word}", UriKind.Relative)), Does.Contain("[END]"));
            using var refused = await http.PostAsJsonAsync("/streams", new { prompt = Canary.Word, source = Canary.Word });
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            using var unknown = await http.GetAsync(new Uri($"/{Canary.Word}?grant={Canary.Word}", UriKind.Relative));
            Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        }
        Assert.That(await node.TerminateAsync(), Is.Zero);

        Assert.That(await File.ReadAllTextAsync(node.LogFile), Does.Not.Contain(Canary.Word));
        if (sinkFile is null)
            return [];
        List<string> lines = [.. await File.ReadAllLinesAsync(sinkFile)];
        Assert.That(lines, Is.Not.Empty.And.None.Contains(Canary.Word));
        return lines;
    }
}
