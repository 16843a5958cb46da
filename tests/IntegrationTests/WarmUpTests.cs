using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Domain;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>The server streams to itself before it is ready. A gate holds its requests back for as long as a test needs.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WarmUpTests
{
    private readonly Gate _gate = new();

    [Test]
    public async Task Server_IsReadyAfterIt_AndKeepsNoStream()
    {
        await using var server = Start();
        await _gate.Reached.WaitAsync(Eventually.Limit);

        Assert.That(await ReadyAsync(server), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "The server is warming up.")));
        using (var live = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative)))
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        _gate.Open();
        await BecomesReadyAsync(server);
        var streams = server.Log.Requests.Where(line => line.Text.Contains("/sse", StringComparison.Ordinal)).Select(line => line.Text.Split(' ')[^1].Trim('"')).ToList();
        Assert.That(streams, Is.Not.Empty.And.All.Length.EqualTo(StreamId.TextLength));
        foreach (var stream in streams)
        {
            using var state = await server.Client.GetAsync(new Uri($"/streams/{stream}", UriKind.Relative));
            Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        }
        await Eventually.Happens(() => server.Generations == 0, "no generation runs");
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task Request_OfAClient_IsAnsweredMeanwhile_AndMakesTheServerReady()
    {
        await using var server = Start();
        await _gate.Reached.WaitAsync(Eventually.Limit);

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?words=3&pace=0"))
            Assert.That(await viewer.ReadToEndAsync(), Is.Not.Empty);

        await BecomesReadyAsync(server);
        await Eventually.Happens(() => server.Generations == 0, "no generation runs");
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task Stop_DuringIt_DoesNotWait()
    {
        await using var server = Start();
        await _gate.Reached.WaitAsync(Eventually.Limit);

        await server.StopAsync();

        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task Server_ThatRefusesItsOwnRequest_IsReady()
    {
        _gate.Open(StatusCodes.Status503ServiceUnavailable);
        await using var server = Start();

        await BecomesReadyAsync(server);

        Assert.That(server.Log.Lines.Select(line => line.Text), Has.One.Contains("answers its own request with 503"));
    }

    private RunningServer Start() => RunningServer.Start(new() { ["WarmUp"] = "true" }, [], services => services.AddSingleton<IStartupFilter>(_gate));

    private static Task BecomesReadyAsync(RunningServer server) =>
        Eventually.Happens(async () => (await ReadyAsync(server)).Status is HttpStatusCode.OK, "the server is ready");

    private static async Task<(HttpStatusCode Status, string? Reason)> ReadyAsync(RunningServer server)
    {
        using var answer = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        var check = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("checks").GetProperty("server");
        return (answer.StatusCode, check.TryGetProperty("description", out var reason) ? reason.GetString() : null);
    }

    /// <summary>Holds back requests that have no connection, which are the server's own.</summary>
    private sealed class Gate : IStartupFilter
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Open(int status = StatusCodes.Status200OK) => _open.SetResult(status);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, pipeline) =>
            {
                if (context.Connection.RemoteIpAddress is null)
                {
                    _reached.TrySetResult();
                    context.Response.StatusCode = await _open.Task.WaitAsync(context.RequestAborted);
                    if (context.Response.StatusCode is not StatusCodes.Status200OK)
                        return;
                }
                await pipeline(context);
            });
            next(app);
        };
    }
}
