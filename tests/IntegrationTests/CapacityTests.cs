using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A full store, a server that stops, and events that are no longer kept.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CapacityTests
{
    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Start_InAFullStore_Is503_UntilAStreamCanBeDropped()
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Streams:MaxStreams"] = "1" }, [_source]);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();

        foreach (var request in new[] { Ask.Get("/sse"), Ask.Post("/sse", "{}"), Ask.Post("/streams", "{}") })
        {
            using var response = await server.Client.SendAsync(request);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            await Problem.OfAsync(response);
        }

        script.Complete();
        await viewer.ReadToEndAsync();
        await using var next = await SseViewer.OpenAsync(server, "/sse?words=1&pace=0");
        Assert.That(await next.ReadToEndAsync(), Has.Count.EqualTo(4));
    }

    [TestCase("Streams:MaxEventsPerStream", "10", 8)]
    [TestCase("Streams:MaxCharactersPerStream", "45", 9)]
    public async Task Stream_ThatReachesItsLimit_IsStopped(string setting, string value, int segments)
    {
        await using var server = RunningServer.Start(new Dictionary<string, string> { [setting] = value }, [_source]);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();

        script.Write(Enumerable.Repeat("word ", 100));
        var items = await viewer.ReadToEndAsync();

        Assert.That(items.Count(Ask.IsSegment), Is.EqualTo(segments));
        Assert.That(items[^2].EventType, Is.EqualTo("stopped"));
        Assert.That(items[^2].Data, Does.Contain("\"reason\":\"limit\""));
        await script.Released.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task Stream_AfterItsRetention_IsUnknown()
    {
        var time = new FakeTimeProvider();
        await using var server = RunningServer.Start([], [], services => services.AddSingleton<TimeProvider>(time));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?words=1&pace=0");
        var streamId = Ask.IdOf((await viewer.ReadToEndAsync())[0]).StreamId;

        time.Advance(TimeSpan.FromMinutes(59));
        Assert.That((await server.Client.GetAsync(new Uri($"/streams/{streamId}", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        await Eventually.Happens(
            async () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                using var response = await server.Client.GetAsync(new Uri($"/streams/{streamId}/events", UriKind.Relative));
                return response.StatusCode == HttpStatusCode.NotFound;
            },
            "the stream is dropped");
    }

    [Test]
    public async Task Position_WhoseNextEventsAreNoLongerKept_Is410()
    {
        await using var server = RunningServer.Start([], [], ForgetEventsBefore(5));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?words=10&pace=0&onDisconnect=continue");
        // The viewer of a trimmed stream gets no terminal event, because events before it are missing.
        Assert.That(await viewer.ReadToEndAsync(), Is.Empty);
        var streamId = await _streamOfTheStore.Task;
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is StreamStatus.Completed, "the generation ends");

        foreach (var request in new[]
        {
            Ask.Get("/sse", $"{streamId}.3"),
            Ask.Get($"/sse?lastEventId={streamId}.3"),
            Ask.Get($"/streams/{streamId}/events", $"{streamId}.1"),
        })
        {
            using var response = await server.Client.SendAsync(request);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Gone));
            Assert.That((await Problem.OfAsync(response)).GetProperty("detail").GetString(), Does.Contain("no longer kept"));
        }

        await using var resumed = await SseViewer.OpenAsync(server, "/sse", $"{streamId}.4");
        Assert.That(Ask.IdOf((await resumed.ReadToEndAsync())[0]).Sequence, Is.EqualTo(5));
        // A viewer without a position gets all events that are kept.
        await using var joined = await SseViewer.OpenAsync(server, $"/streams/{streamId}/events");
        Assert.That(Ask.IdOf((await joined.ReadToEndAsync())[0]).Sequence, Is.EqualTo(5));
    }

    [Test]
    public async Task Start_WhileTheServerStops_Is503()
    {
        await using var server = RunningServer.Start(_source);
        // A request that the server has read in part when the stop begins: the headers, but not the body.
        using var connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendAsync("POST /streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 21\r\n\r\n");
        await connection.ReadHeadAsync();
        Assert.That(connection.Status, Is.EqualTo(100), "the server reads the body");
        var lifetime = server.Services.GetRequiredService<IHostApplicationLifetime>();

        var stopped = server.StopAsync();
        await Eventually.Happens(() => lifetime.ApplicationStopping.IsCancellationRequested && !CanConnect(server.EndPoint), "the stop begins");
        await connection.SendAsync("""{"source":"scripted"}""");
        await connection.ReadHeadAsync();

        Assert.That(connection.Status, Is.EqualTo(503));
        Assert.That(connection.Head, Does.Contain("Retry-After: "));
        await stopped;
        Assert.That(_source.HasBegunAnother, Is.False);
    }

    private readonly TaskCompletionSource<StreamId> _streamOfTheStore = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The memory store drops whole streams; other stores trim them.</summary>
    private Action<IServiceCollection> ForgetEventsBefore(long first) => services =>
    {
        var descriptor = services.Single(service => service.ServiceType == typeof(IEventStreamStore));
        services.Remove(descriptor);
        services.AddSingleton<IEventStreamStore>(provider => new ForgetfulStore(
            (IEventStreamStore)descriptor.ImplementationFactory!(provider), first, _streamOfTheStore));
    };

    private static bool CanConnect(IPEndPoint server)
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        try
        {
            socket.Connect(server);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private sealed class ForgetfulStore(IEventStreamStore inner, long first, TaskCompletionSource<StreamId> created) : DelegatingStore(inner)
    {
        public override ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken)
        {
            created.TrySetResult(head.Id);
            return base.CreateAsync(head, started, request, cancellationToken);
        }

        public override ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) =>
            after < first - 1 ? default : base.ReadAsync(streamId, after, cancellationToken);

        public override async ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) =>
            await base.FindAsync(streamId, cancellationToken) is { } record ? record with { Extent = record.Extent with { First = first } } : null;
    }
}
