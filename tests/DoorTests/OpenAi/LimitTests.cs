using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>What the npm package <c>openai</c> throws when the server refuses a request for now, or for want of a token.</summary>
internal sealed class LimitTests
{
    private static readonly object Body = new { model = "endless", input = "Hello", background = true };

    [OneTimeSetUp]
    public Task Require() => NodeProgram.RequireAsync();

    [TestCase("Limits:RunningGenerationsPerClient", "RateLimitError", 429, "rate_limit_error", "too-many-generations")]
    [TestCase("Limits:RunningGenerations", "InternalServerError", 503, "server_error", "busy")]
    public async Task Limit_IsATypedException(string setting, string name, int status, string type, string code)
    {
        await using var server = RunningServer.Start(new() { [setting] = "1" }, [new TextGenerator("endless", ["text"]) { Waits = true }]);
        var call = new OpenAiCall(server.Address, "response") { Body = Body };

        var first = await OpenAiClient.RunAsync(call);
        var second = (await OpenAiClient.RunAsync(call)).Error;

        Assert.That(first.Error, Is.Null);
        Assert.That((second?.Name, second?.Status, second?.Type, second?.Code), Is.EqualTo((name, (int?)status, type, code)));
    }

    [Test]
    public async Task Limit_IsWaitedFor()
    {
        var endless = new TextGenerator("endless", ["text"]) { Waits = true };
        await using var server = RunningServer.Start(new() { ["Limits:RunningGenerationsPerClient"] = "1" }, [endless]);
        var call = new OpenAiCall(server.Address, "response") { Body = Body };
        await OpenAiClient.RunAsync(call);

        var waiting = OpenAiClient.RunAsync(call with { MaxRetries = 10 });
        await Eventually.Happens(() => server.Log.Lines.Any(line => line.Text.Contains("answered 429", StringComparison.Ordinal)), "the request is refused");
        endless.Release();

        Assert.That((await waiting).Error, Is.Null);
    }

    [Test]
    public async Task MissingToken_IsATypedException()
    {
        await using var server = RunningServer.Start(new()
        {
            ["Auth:Required"] = "true",
            ["Auth:SigningKey"] = "a key for tests only, which is long enough",
            ["Auth:Issuer"] = "issuer",
            ["Auth:Audience"] = "audience",
        }, []);

        var seen = await OpenAiClient.RunAsync([new OpenAiCall(server.Address, "models"), new OpenAiCall(server.Address, "response") { Body = Body }]);

        Assert.That(seen.Select(result => (result.Error?.Name, result.Error?.Status, result.Error?.Code)), Is.All.EqualTo(("AuthenticationError", (int?)401, "invalid_api_key")));
    }
}
