using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Telemetry;

/// <summary>Each metric has the expected values, and the name and the tags that docs/operations.md gives.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MetricsTests
{
    private static readonly (string, object) Scripted = ("sse_streaming.source", "scripted");

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Generation_IsMeasuredFromItsStartToItsTerminalEvent()
    {
        await using var server = Start();
        using var measured = Listen(server);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        Assert.That(measured.GetSum("sse_streaming.active_generations", Scripted), Is.EqualTo(1));

        _time.Advance(TimeSpan.FromSeconds(2));
        script.Write("one");
        await Eventually.Happens(() => measured.GetSum("sse_streaming.appended_events", Scripted) == 1, "the first segment is stored");
        _time.Advance(TimeSpan.FromSeconds(0.5));
        script.Write("two");
        await Eventually.Happens(() => measured.GetSum("sse_streaming.appended_events", Scripted) == 2, "the second segment is stored");
        _time.Advance(TimeSpan.FromSeconds(4));
        script.Complete("length");
        await viewer.ReadToEndAsync();
        await Eventually.Happens(() => measured.GetSum("sse_streaming.active_generations") == 0, "the generation has ended");

        Assert.That(measured.GetValues("sse_streaming.generation.time_to_first_segment", Scripted), Is.EqualTo(new[] { 2.0 }));
        Assert.That(measured.GetValues("sse_streaming.generation.segment_gap", Scripted), Is.EqualTo(new[] { 0.5 }));
        Assert.That(measured.GetValues("sse_streaming.generation.duration", Scripted, ("sse_streaming.ending", "completed")), Is.EqualTo(new[] { 6.5 }));
        Assert.That(measured.GetSum("sse_streaming.appended_events", Scripted), Is.EqualTo(3), "two segments and the terminal event");
        Assert.That(measured.GetValues("sse_streaming.store.append.duration", ("sse_streaming.outcome", "appended")).Count(), Is.EqualTo(3));
        Assert.That(measured.GetSum("sse_streaming.terminal_events", Scripted, ("sse_streaming.ending", "completed"), ("sse_streaming.reason", "length")), Is.EqualTo(1));
        Assert.That(measured.GetSum("sse_streaming.terminal_events"), Is.EqualTo(1));
    }

    [Test]
    public async Task TerminalEvents_AreCountedByKindAndReason()
    {
        await using var server = Start();
        using var measured = Listen(server);
        await EndAsync(server, (script, _) => script.Fail(new InvalidOperationException("Broken.")));
        await EndAsync(server, (_, streamId) => server.Client.DeleteAsync(new Uri($"/streams/{streamId}", UriKind.Relative)));
        await EndAsync(server, (script, _) => script.Complete("a word that an upstream made up"));

        foreach (var (ending, reason) in new[] { ("failed", "source-failed"), ("stopped", "requested"), ("completed", "other") })
            Assert.That(measured.GetSum("sse_streaming.terminal_events", Scripted, ("sse_streaming.ending", ending), ("sse_streaming.reason", reason)), Is.EqualTo(1), ending);
        Assert.That(measured.GetSum("sse_streaming.terminal_events"), Is.EqualTo(3));
    }

    [Test]
    public async Task Viewer_ThatReadsToTheEnd_IsCountedWithItsEventsAndBytes()
    {
        await using var server = Start();
        using var measured = Listen(server);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();
        Assert.That(measured.GetSum("sse_streaming.active_viewers"), Is.EqualTo(1));
        script.Write("öne", " two");
        await viewer.ReadUntilAsync("two");
        _time.Advance(TimeSpan.FromSeconds(3));
        script.Complete();
        await viewer.ReadToEndAsync();
        await Eventually.Happens(() => measured.GetSum("sse_streaming.active_viewers") == 0, "the viewer is disconnected");

        Assert.That(measured.GetValues("sse_streaming.viewer.duration", ("sse_streaming.viewer.end", "finished")), Is.EqualTo(new[] { 3.0 }));
        Assert.That(measured.GetSum("sse_streaming.sent_events"), Is.EqualTo(4));
        Assert.That(measured.GetSum("sse_streaming.sent_bytes"), Is.EqualTo(Encoding.UTF8.GetByteCount(viewer.Body)));
    }

    [TestCase("left")]
    [TestCase("aged")]
    [TestCase("stopping")]
    public async Task Viewer_ThatEndsBeforeTheStreamDoes_IsCountedOnceWithTheReason(string end)
    {
        await using var server = Start(("Sse:MaxConnectionAge", "00:10:00"));
        using var measured = Listen(server);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        (await _source.NextAsync()).Write("one");
        await viewer.ReadUntilAsync("one");

        if (end == "left")
            viewer.Reset();
        else if (end == "aged")
            _time.Advance(TimeSpan.FromMinutes(11));
        else
            await server.StopAsync();

        await Eventually.Happens(() => measured.GetSum("sse_streaming.active_viewers") == 0, "the viewer is disconnected");
        Assert.That(measured.Get("sse_streaming.viewer.duration").Select(ended => ended.Tags["sse_streaming.viewer.end"]), Is.EqualTo(new[] { end }));
    }

    [Test]
    public async Task Viewer_ThatDoesNotRead_IsCountedAsTooSlow()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Sse:WriteDeadline"] = "00:00:00.5" }, [_source]);
        using var measured = Listen(server);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted&onDisconnect=continue", receiveBuffer: 8 * 1024);
        // The text exceeds the buffers of a connection.
        (await _source.NextAsync()).Write(Enumerable.Repeat(new string('x', 100_000), 200));

        await Eventually.Happens(() => measured.GetSum("sse_streaming.active_viewers") == 0, "the viewer is disconnected");

        Assert.That(measured.Get("sse_streaming.viewer.duration").Select(ended => ended.Tags["sse_streaming.viewer.end"]), Is.EqualTo(new[] { "too_slow" }));
    }

    [Test]
    public async Task Resumes_AreCountedByOutcome_AndMeasuredByTheirLag()
    {
        await using var server = Start();
        using var measured = Listen(server);
        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted&onDisconnect=continue"))
        {
            var script = await _source.NextAsync();
            script.Write("one", "two", "three");
            script.Complete();
            var seen = await viewer.ReadToEndAsync();
            var streamId = Ask.IdOf(seen[0]).StreamId;
            Assert.That(measured.GetSum("sse_streaming.resumes"), Is.Zero, "a start is not a resume");

            foreach (var id in new[] { $"{streamId}.2", $"{streamId}.5", $"{streamId}.9", $"{StreamId.New()}.1" })
            {
                using var response = await server.Client.SendAsync(Ask.Get("/sse", id));
                await response.Content.ReadAsByteArrayAsync();
            }
        }

        foreach (var outcome in new[] { "readable", "ended", "beyond_end", "unknown_stream" })
            Assert.That(measured.GetSum("sse_streaming.resumes", ("sse_streaming.outcome", outcome)), Is.EqualTo(1), outcome);
        Assert.That(measured.GetValues("sse_streaming.resume.distance"), Is.EqualTo(new[] { 3.0 }));
    }

    [Test]
    public async Task Groups_OfADatabase_AreMeasured()
    {
        var folder = Directory.CreateTempSubdirectory("metrics-").FullName;
        await using (var server = Start(("Store", "Sqlite"), ("DataFolder", folder)))
        {
            using var measured = Listen(server);
            await EndAsync(server, (script, _) => script.Complete());

            var groups = measured.Get("sse_streaming.store.group.writes", ("db.system.name", "sqlite"));
            Assert.That(groups.Sum(group => group.Value), Is.GreaterThanOrEqualTo(2), "the start and the terminal event");
            Assert.That(measured.Get("sse_streaming.store.group.duration", ("db.system.name", "sqlite"), ("sse_streaming.outcome", "committed")), Has.Count.EqualTo(groups.Count));
        }
        Directory.Delete(folder, recursive: true);
    }

    private RunningServer Start(params (string Key, string Value)[] settings) => RunningServer.Start(
        settings.ToDictionary(setting => setting.Key, setting => setting.Value), [_source], services => services.AddSingleton<TimeProvider>(_time));

    private static Measurements Listen(RunningServer server) => new(server.Services.GetRequiredService<IMeterFactory>());

    private async Task EndAsync(RunningServer server, Action<Script, StreamId> end)
    {
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted","onDisconnect":"continue"}"""));
        var streamId = Ask.StartedBy(response);
        end(await _source.NextAsync(), streamId);
        await Eventually.Happens(() => server.Generations == 0, "the generation has ended");
    }
}
