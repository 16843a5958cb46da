using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SseStreaming.Application.Cluster;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Shutdown;
using SseStreaming.Application.Storage;
using SseStreaming.AspNetCore.Problems;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A server that is stopped while generations run.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DrainTests
{
    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task SingleServer_FinishesItsGenerations_ServesReconnects_AndStartsNothing()
    {
        await using var server = Start("00:10:00");
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        script.Write("Lorem ");
        await viewer.ExpectAsync();
        var seen = await viewer.ExpectAsync();

        var stopped = await BeginStopAsync(server);

        using (var ready = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative)))
        {
            Assert.That(ready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            var checks = (await ready.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("checks");
            Assert.That(checks.GetProperty("server").GetProperty("status").GetString(), Is.EqualTo("Unhealthy"));
            Assert.That(checks.GetProperty("store").GetProperty("status").GetString(), Is.EqualTo("Healthy"));
        }
        using (var live = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative)))
        {
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(live.Headers.ConnectionClose, Is.True, "the next request uses another connection");
        }
        foreach (var request in new[] { Ask.Get("/sse"), Ask.Post("/sse", "{}"), Ask.Post("/streams", "{}") })
        {
            using var refused = await server.Client.SendAsync(request);
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(refused.Headers.RetryAfter?.Delta, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)));
            Assert.That((await Problem.OfAsync(refused)).GetProperty("type").GetString(), Is.EqualTo(ProblemTypes.Stopping));
        }

        await using var resumed = await SseViewer.OpenAsync(server, "/sse", seen.EventId);
        script.Write("ipsum");
        script.Complete();
        Assert.That(Ask.TextOf(await viewer.ReadToEndAsync()), Is.EqualTo("ipsum"));
        var rest = await resumed.ReadToEndAsync();
        Assert.That(Ask.TextOf(rest), Is.EqualTo("ipsum"));
        Assert.That(rest[^2].EventType, Is.EqualTo("completed"));
        await stopped.WaitAsync(Eventually.Limit);
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Disconnects, Is.Empty, "no client disconnected");
    }

    [Test]
    public async Task DrainTime_IsOver_ViewersGetInterrupted()
    {
        await using var server = Start("00:00:01");
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        (await _source.NextAsync()).Write("Lorem ");
        await viewer.ExpectAsync();

        var stopped = server.StopAsync();

        var rest = await viewer.ReadToEndAsync();
        Assert.That(Ask.TextOf(rest), Is.EqualTo("Lorem "));
        Assert.That(rest[^2].EventType, Is.EqualTo("failed"));
        Assert.That(rest[^2].Data, Does.Contain(ProblemTypes.Interrupted));
        await stopped;
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task ForcedStop_SendsViewersARetry_AndEnds()
    {
        await using var server = Start("00:10:00");
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var stopped = await BeginStopAsync(server);

        server.Services.GetRequiredService<Drain>().ForceStop();

        await viewer.ReadToEndAsync();
        Assert.That(viewer.IsComplete, Is.True, "the response ends regularly");
        Assert.That(RetryOf(viewer), Is.InRange(1_000, 4_000));
        await stopped.WaitAsync(Eventually.Limit);
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task Viewers_AreSentToOtherNodes_OverTheSpread()
    {
        // Without a grace period: the server waits only for redirected viewers.
        await using var server = Start("00:10:00", others: true, ("Streams:Grace", "00:00:00"));
        using var first = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();
        await first.ReadUntilAsync(".1\n");
        var stream = Regex.Match(first.Body, @"id: (\S+)\.1\n").Groups[1].Value;
        var viewers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawConnection.ViewAsync(server.EndPoint, $"/streams/{stream}/events")));
        script.Write("Lorem ");
        await Task.WhenAll(viewers.Append(first).Select(viewer => viewer.ReadUntilAsync("data: Lorem ")));

        var stopped = await BeginStopAsync(server);

        var waits = new HashSet<int>();
        foreach (var viewer in viewers.Append(first))
        {
            using (viewer)
            {
                await viewer.ReadToEndAsync();
                Assert.That(viewer.IsComplete, Is.True, "the response ends regularly");
                Assert.That(viewer.Body, Does.EndWith($"data: Lorem \n\nretry: {RetryOf(viewer)}\n\n"));
                Assert.That(RetryOf(viewer), Is.InRange(1_000, 4_000));
                await viewer.ReadToCloseAsync();
                waits.Add(RetryOf(viewer));
            }
        }
        Assert.That(waits, Has.Count.GreaterThan(40), "viewers reconnect at different times");

        using (var passedOn = await server.Client.SendAsync(Ask.Get($"/streams/{stream}/events", $"{stream}.2").With(StoppingFilter.Header, "1")))
            Assert.That(passedOn.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable), "a proxy asks another node");
        // The balancer still sends requests.
        await using var back = await SseViewer.OpenAsync(server, "/sse", $"{stream}.2");
        script.Write("ipsum");
        script.Complete();
        var rest = await back.ReadToEndAsync();
        Assert.That(Ask.TextOf(rest), Is.EqualTo("ipsum"));
        Assert.That(rest[^2].EventType, Is.EqualTo("completed"));
        await stopped.WaitAsync(Eventually.Limit);
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task Host_WaitsForTheDrain_AndTheConnections()
    {
        await using var server = Start("01:00:00");
        Assert.That(server.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout, Is.EqualTo(new TimeSpan(1, 0, 10)));
    }

    private RunningServer Start(string drainTime, bool others = false, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string> { ["Streams:DrainTime"] = drainTime };
        foreach (var (key, value) in more)
            settings[key] = value;
        return RunningServer.Start(settings, [_source], services =>
        {
            if (others)
                services.AddSingleton<IStreamCluster>(provider => new NodeAmongOthers(ActivatorUtilities.CreateInstance<MemoryCluster>(provider)));
        });
    }

    /// <summary>Returns when the drain has begun; the inner task completes when the host has stopped.</summary>
    private static async Task<Task> BeginStopAsync(RunningServer server)
    {
        var stopped = server.StopAsync();
        await Eventually.Happens(() => server.Services.GetRequiredService<Drain>().HasBegun, "the drain begins");
        return stopped;
    }

    private static int RetryOf(RawConnection viewer) =>
        int.Parse(Regex.Match(viewer.Body, @"\n\nretry: (\d+)\n\n$").Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>A cluster with another node that takes no part in the test.</summary>
    private sealed class NodeAmongOthers(MemoryCluster node) : IStreamCluster
    {
        public ValueTask<bool> HasOthersAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask RenewAsync(CancellationToken cancellationToken) => node.RenewAsync(cancellationToken);

        public ValueTask<IReadOnlyList<TakenStream>> TakeOverAsync(CancellationToken cancellationToken) => node.TakeOverAsync(cancellationToken);

        public ValueTask<TakenStream?> TakeAsync(StreamId streamId, CancellationToken cancellationToken) => node.TakeAsync(streamId, cancellationToken);

        public ValueTask<HandOverTarget> FindHandOverTargetAsync(CancellationToken cancellationToken) => new(HandOverTarget.None);

        public ValueTask HandOverAsync(StreamId streamId, CancellationToken cancellationToken) => default;

        public ValueTask<int> CountHandedOverAsync(CancellationToken cancellationToken) => new(0);

        public ValueTask LeaveAsync(TimeSpan reconnectWindow, CancellationToken cancellationToken) => default;

        public ValueTask RequestStopAsync(StreamId streamId, CancellationToken cancellationToken) => default;

        public ValueTask ReportViewersAsync(StreamId streamId, int count, CancellationToken cancellationToken) => default;

        public ValueTask<int> CountViewersElsewhereAsync(StreamId streamId, CancellationToken cancellationToken) => new(0);

        public IAsyncEnumerable<ClusterNotice> ListenAsync(CancellationToken cancellationToken) => node.ListenAsync(cancellationToken);
    }
}
