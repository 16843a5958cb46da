using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>
/// A disconnect is not a stop: a generation continues for the grace period. The tests control the clock, so a stop before the end
/// of the grace period would be detected.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GraceTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1);

    private readonly ScriptedGenerator _source = new();
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task LastViewer_ThatDisconnects_EndsTheGenerationAfterTheGrace_AsAbandoned()
    {
        await using var server = Start();
        var (streamId, script) = await ViewAndDisconnectAsync(server, "/sse?source=scripted");

        _time.Advance(Grace - TimeSpan.FromMilliseconds(1));
        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Running));

        await AdvanceUntilEndedAsync(server, streamId);
        await AssertAbandonedAsync(server, streamId, script);
    }

    [Test]
    public async Task Viewer_ThatReconnectsWithinTheGrace_KeepsTheGenerationRunning()
    {
        await using var server = Start();
        var (streamId, script) = await ViewAndDisconnectAsync(server, "/sse?source=scripted");

        _time.Advance(Grace / 2);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse", $"{streamId}.1");
        _time.Advance(Long);
        script.Write("still here");
        script.Complete();

        Assert.That((await viewer.ReadToEndAsync()).Select(item => item.Data).First(), Is.EqualTo("still here"));
        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Completed));
    }

    [Test]
    public async Task Grace_RestartsWithEachDisconnect()
    {
        await using var server = Start();
        var (streamId, script) = await ViewAndDisconnectAsync(server, "/sse?source=scripted");
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Grace * 0.9);
            await using (await SseViewer.OpenAsync(server, $"/streams/{streamId}/events"))
            {
            }
            await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "the viewer is disconnected");
        }
        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Running));

        await AdvanceUntilEndedAsync(server, streamId);
        await AssertAbandonedAsync(server, streamId, script);
    }

    [Test]
    public async Task Viewer_ThatDisconnects_EndsNothingWhileAnotherIsConnected()
    {
        await using var server = Start();
        await using var stays = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        var streamId = Ask.IdOf(await stays.ExpectAsync()).StreamId;
        await using (await SseViewer.OpenAsync(server, $"/streams/{streamId}/events"))
        {
        }
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 1, "one viewer is disconnected");

        _time.Advance(Long);
        script.Write("still here");

        Assert.That((await stays.ExpectAsync()).Data, Is.EqualTo("still here"));
    }

    [TestCase("GET")]
    [TestCase("POST")]
    public async Task OnDisconnect_Continue_RunsToTheEndWithoutViewers(string method)
    {
        await using var server = Start();
        var (streamId, script) = await ViewAndDisconnectAsync(server, method == "GET"
            ? Ask.Get("/sse?source=scripted&onDisconnect=continue")
            : Ask.Post("/sse", """{"source":"scripted","onDisconnect":"continue"}"""));

        _time.Advance(Long);
        script.Write("said to nobody");
        script.Complete();

        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is not StreamStatus.Running, "the generation ends");
        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Completed));
        Assert.That(await server.TextAsync(streamId), Is.EqualTo("said to nobody"u8.ToArray()));
    }

    [Test]
    public async Task Start_WithoutAViewerWithinTheGrace_IsAbandoned()
    {
        await using var server = Start();
        var (streamId, script) = await StartAsync(server, """{"source":"scripted"}""");

        _time.Advance(Grace - TimeSpan.FromMilliseconds(1));
        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Running));

        await AdvanceUntilEndedAsync(server, streamId);
        await AssertAbandonedAsync(server, streamId, script);
    }

    [Test]
    public async Task Start_WithAViewerWithinTheGrace_Continues()
    {
        await using var server = Start();
        var (streamId, script) = await StartAsync(server, """{"source":"scripted"}""");

        await using var viewer = await SseViewer.OpenAsync(server, $"/streams/{streamId}/events");
        _time.Advance(Long);
        script.Write("still here");

        await viewer.ExpectAsync();
        Assert.That((await viewer.ExpectAsync()).Data, Is.EqualTo("still here"));
    }

    [Test]
    public async Task Start_WithContinue_NeedsNoViewer()
    {
        await using var server = Start();
        var (streamId, script) = await StartAsync(server, """{"source":"scripted","onDisconnect":"continue"}""");

        _time.Advance(Long);
        script.Complete();

        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is StreamStatus.Completed, "the generation completes");
    }

    [Test]
    public async Task Grace_OfZero_EndsTheGenerationAsSoonAsTheLastViewerDisconnects()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Streams:Grace"] = "00:00:00" }, [_source]);
        var (streamId, script) = await ViewAndDisconnectAsync(server, "/sse?source=scripted");

        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is not StreamStatus.Running, "the generation ends");
        await AssertAbandonedAsync(server, streamId, script);
    }

    [Test]
    public async Task Grace_OfZero_LetsAViewedGenerationRun()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Streams:Grace"] = "00:00:00" }, [_source]);
        for (var i = 0; i < 50; i++)
        {
            await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
            (await _source.NextAsync()).Complete();
            Assert.That((await viewer.ReadToEndAsync())[^2].EventType, Is.EqualTo("completed"));
        }
    }

    [Test]
    public async Task Grace_OfZero_AbandonsAStartWithoutAViewerAtOnce()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Streams:Grace"] = "00:00:00" }, [_source]);
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted"}"""));
        var streamId = Ask.StartedBy(response);

        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is not StreamStatus.Running, "the generation ends");
        Assert.That((await server.StateAsync(streamId)).Reason, Is.EqualTo("abandoned"));
    }

    [Test]
    public async Task Grace_InRealTime_IsAboutAsLongAsConfigured()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Streams:Grace"] = "00:00:01" }, [_source]);
        var left = TimeProvider.System.GetTimestamp();
        var (streamId, script) = await ViewAndDisconnectAsync(server, "/sse?source=scripted");

        await script.Released.WaitAsync(Eventually.Limit);

        Assert.That(TimeProvider.System.GetElapsedTime(left), Is.GreaterThan(TimeSpan.FromSeconds(0.95)));
        await AssertAbandonedAsync(server, streamId, script);
    }

    private RunningServer Start() => RunningServer.Start(
        new Dictionary<string, string> { ["Streams:Grace"] = Grace.ToString() }, [_source], services => services.AddSingleton<TimeProvider>(_time));

    private Task<(StreamId Stream, Script Script)> ViewAndDisconnectAsync(RunningServer server, string path) => ViewAndDisconnectAsync(server, Ask.Get(path));

    private async Task<(StreamId Stream, Script Script)> ViewAndDisconnectAsync(RunningServer server, HttpRequestMessage request)
    {
        StreamId streamId;
        await using (var viewer = await SseViewer.OpenAsync(server, request))
            streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        await Eventually.Happens(() => server.Log.Disconnects.Any(), "the viewer is disconnected");
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "the viewer is no longer counted");
        return (streamId, await _source.NextAsync());
    }

    private async Task<(StreamId Stream, Script Script)> StartAsync(RunningServer server, string body)
    {
        using var response = await server.Client.SendAsync(Ask.Post("/streams", body));
        return (Ask.StartedBy(response), await _source.NextAsync());
    }

    private Task AdvanceUntilEndedAsync(RunningServer server, StreamId streamId) => Eventually.Happens(
        async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return (await server.StateAsync(streamId)).Status is not StreamStatus.Running;
        },
        "the generation ends");

    private static async Task AssertAbandonedAsync(RunningServer server, StreamId streamId, Script script)
    {
        // The source is released before the terminal event is stored.
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is not StreamStatus.Running, "the generation ends");
        var state = await server.StateAsync(streamId);
        Assert.That(state.Status, Is.EqualTo(StreamStatus.Stopped));
        Assert.That(state.Reason, Is.EqualTo("abandoned"));
        await script.Released.WaitAsync(Eventually.Limit);
        await using var late = await SseViewer.OpenAsync(server, $"/streams/{streamId}/events");
        Assert.That((await late.ReadToEndAsync())[^2].Data, Does.Contain("\"reason\":\"abandoned\""));
    }
}
