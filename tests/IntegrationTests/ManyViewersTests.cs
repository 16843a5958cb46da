using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Hundreds of connections that end at the same time, closed by the clients or by the server.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ManyViewersTests
{
    /// <summary>Limit of a stop without clients that delay it.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    /// <summary>Limit of a stop with clients that delay it: well above the second that the server waits for them, and well below the default of 30 seconds.</summary>
    private static readonly TimeSpan HeldStopLimit = TimeSpan.FromSeconds(10);

    [TestCase("quiet")]
    [TestCase("flowing")]
    public async Task Reset_OfAThousandViewersAtOnce_LeavesNothingBehind(string source)
    {
        await using var server = RunningServer.Start(
            new Dictionary<string, string> { ["Streams:Grace"] = "00:00:01" }, [new ScriptedGenerator("quiet"), new CallbackGenerator("flowing", Flowing)]);
        // Timers that the runtime and the server create only once exist before the count.
        await (await SseViewer.OpenAsync(server, "/sse?words=1&pace=0")).DisposeAsync();
        var timers = Timer.ActiveCount;
        var (streamId, viewers) = await OpenAsync(server, source, 1000);
        Assert.That((await server.StateAsync(streamId)).Viewers, Is.EqualTo(1000));
        Assert.That(Timer.ActiveCount, Is.LessThan(timers + 50), "viewers share their timers");
        var lines = server.Log.Disconnects.Count();

        var clock = Stopwatch.StartNew();
        viewers.ForEach(viewer => viewer.Reset());
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "no viewer is counted");
        await TestContext.Out.WriteLineAsync($"{source}: 1,000 viewers were removed {clock.ElapsedMilliseconds} ms after their reset.");

        await Eventually.Happens(() => server.Subscriptions == 0, "no subscription is left");
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is StreamStatus.Stopped, "the generation stops after the grace period");
        Assert.That((await server.StateAsync(streamId)).Reason, Is.EqualTo("abandoned"));
        await Eventually.Happens(() => server.Generations == 0, "no generation is left");
        await Eventually.Happens(() => Timer.ActiveCount < timers + 50, "no timer is left");
        await Eventually.Happens(() => server.Log.Disconnects.Count() == lines + 1000, "each disconnect is logged");
        Assert.That(server.Log.AboveInformation, Is.Empty);

        await using var next = await SseViewer.OpenAsync(server, "/sse?words=3&pace=0");
        Assert.That((await next.ReadToEndAsync())[^2].EventType, Is.EqualTo("completed"));
    }

    [TestCase("quiet")]
    [TestCase("flowing")]
    public async Task HostStop_WithFiveHundredViewers_IsQuick_AndEndsThemCleanlyWithoutATerminalEvent(string source)
    {
        await using var server = RunningServer.Start(new ScriptedGenerator("quiet"), new CallbackGenerator("flowing", Flowing));
        var (_, viewers) = await OpenAsync(server, source, 500);
        // Clients continue to read while the server stops.
        var ends = viewers.ConvertAll(viewer => viewer.ReadToEndAsync());

        await StopAsync(server, $"{source}, 500 viewers", StopLimit);

        await Task.WhenAll(ends);
        Assert.That(viewers, Has.All.Matches<RawConnection>(viewer => viewer!.IsComplete), "every response ends with the last chunk");
        Assert.That(viewers, Has.None.Matches<RawConnection>(viewer =>
            viewer!.Body.Contains("event: failed", StringComparison.Ordinal) || viewer.Body.Contains("[END]", StringComparison.Ordinal)));
        Assert.That(viewers, Has.All.Matches<RawConnection>(viewer => viewer!.Body.EndsWith("\n\n", StringComparison.Ordinal)), "no frame is cut");
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Where(line => line.Exception is not null), Is.Empty);
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [TestCase("flood")]
    [TestCase("flowing")]
    public async Task HostStop_WithViewersThatDoNotRead_IsQuickToo(string source)
    {
        await using var server = RunningServer.Start(new CallbackGenerator("flood", Flood), new CallbackGenerator("flowing", Flowing));
        var (streamId, viewers) = await OpenAsync(server, source, 50, receiveBuffer: 8 * 1024);
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Characters > (source == "flood" ? 30_000_000 : 1000), "the text exceeds the socket buffers");

        await StopAsync(server, $"{source}, 50 viewers that do not read", HeldStopLimit);

        Assert.That(server.Log.AboveInformation, Is.Empty);
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [Test]
    public async Task HostStop_WithAnIncompleteBody_IsQuickToo()
    {
        await using var server = RunningServer.Start();
        using var client = await RawConnection.OpenAsync(server.EndPoint);
        await client.SendAsync("POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
        await client.ReadHeadAsync();

        await StopAsync(server, "an incomplete body", HeldStopLimit);

        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task HostStop_WithATextThatIsNotRead_IsQuickToo()
    {
        await using var server = RunningServer.Start(new CallbackGenerator("flood", Flood));
        var (streamId, viewers) = await OpenAsync(server, "flood", 1);
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Characters > 30_000_000, "the text exceeds the socket buffers");
        viewers[0].Reset();
        using var reader = await RawConnection.OpenAsync(server.EndPoint, receiveBuffer: 8 * 1024);
        await reader.GetAsync($"/streams/{streamId}/text");
        await reader.ReadHeadAsync();

        await StopAsync(server, "a text that is not read", HeldStopLimit);

        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [Test]
    public async Task HostStop_EndsGenerationsWithATerminalEvent_AndWaitsForTheirSources()
    {
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(source);
        var (streamId, viewers) = await OpenAsync(server, ScriptedGenerator.Name, 1);
        var script = await source.NextAsync();
        var store = server.Services.GetRequiredService<IEventStreamStore>();

        await server.StopAsync();

        var record = await store.FindAsync(streamId, CancellationToken.None);
        Assert.That(record?.Ending, Is.EqualTo(EventKind.Failed));
        Assert.That(script.Released.IsCompleted, Is.True, "the source has ended");
        viewers[0].Dispose();
    }

    private static async Task StopAsync(RunningServer server, string what, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        await server.StopAsync();
        await TestContext.Out.WriteLineAsync($"{what}: the host stopped in {clock.ElapsedMilliseconds} ms.");
        Assert.That(clock.Elapsed, Is.LessThan(limit));
    }

    /// <summary>Opens viewers of one new stream, many at a time.</summary>
    private static async Task<(StreamId Stream, List<RawConnection> Viewers)> OpenAsync(RunningServer server, string source, int count, int receiveBuffer = 0)
    {
        using var response = await server.Client.SendAsync(Ask.Post("/streams", $$"""{"source":"{{source}}","onDisconnect":"stop"}"""));
        var streamId = Ask.StartedBy(response);
        var viewers = new List<RawConnection>();
        while (viewers.Count < count)
        {
            viewers.AddRange(await Task.WhenAll(Enumerable.Range(0, Math.Min(100, count - viewers.Count)).Select(
                _ => RawConnection.ViewAsync(server.EndPoint, $"/streams/{streamId}/events", receiveBuffer: receiveBuffer))));
        }
        return (streamId, viewers);
    }

    private static async IAsyncEnumerable<GeneratedText> Flowing([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"word{i} ");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private static async IAsyncEnumerable<GeneratedText> Flood([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = new string('x', 10_000);
        for (var i = 0; i < 3100; i++)
        {
            yield return text;
            if (i % 10 == 0)
                await Task.Yield();
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
