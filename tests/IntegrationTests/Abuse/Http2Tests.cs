using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Limits;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>HTTP/2 clients that flood the server with frames that are cheap to send and expensive to process.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class Http2Tests
{
    private const int Floods = 100_000;
    private const int InitialWindowSize = 4;

    private readonly ScriptedGenerator _source = new();

    [Category(TestCategories.Long)]
    [TestCase("/sse?words=100000&pace=10")]
    [TestCase("/streams/AAAAAAAAAAAAAAAAAAAAAA/events")]
    public async Task ResetsInALoop_DoNotExceedTheStartLimit_AndOtherClientsAreServed(string path)
    {
        await using var server = Start(("Limits:StartsPerMinutePerClient", "50"), ("Limits:RunningGenerationsPerClient", "20"));
        using var client = Client(server);
        var bounds = server.Services.GetRequiredService<ClientLimits>();
        var (sent, connections, mostRunning) = (0, 0, 0);
        var flood = Task.Run(async () =>
        {
            while (sent < Floods)
            {
                using var connection = await Http2Connection.OpenAsync(server.EndPoint);
                connections++;
                var goAway = connection.ReadToGoodbyeAsync();
                while (sent < Floods && !goAway.IsCompleted)
                {
                    var stream = connection.TakeStream();
                    byte[] frames =
                    [
                        .. Http2Connection.Frame(Http2Connection.Headers, Http2Connection.EndHeaders | Http2Connection.EndStream, stream, Http2Connection.Get(path)),
                        .. Http2Connection.Frame(Http2Connection.Reset, 0, stream, [0, 0, 0, 8]),
                    ];
                    if (!await connection.SendAsync(frames))
                        break;
                    sent++;
                    mostRunning = Math.Max(mostRunning, bounds.RunningGenerations);
                }
            }
        });
        var slowest = TimeSpan.Zero;
        var served = 0;
        do
        {
            var clock = Stopwatch.StartNew();
            Assert.That(await client.GetStringAsync(new Uri("/sources", UriKind.Relative)).WaitAsync(Eventually.Limit), Does.Contain("lorem"));
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            served++;
        }
        while (!flood.IsCompleted);

        await flood;
        await TestContext.Out.WriteLineAsync(
            $"{sent} resets on {connections} connections; {served} other requests served, the slowest in {slowest.TotalMilliseconds:0} ms; at most {mostRunning} generations.");
        Assert.That(mostRunning, Is.LessThanOrEqualTo(20));
        await Eventually.Happens(() => bounds.RunningGenerations == 0 && bounds.Viewers == 0, "all generations and viewers have ended");
        // Kestrel logs that it closed such a connection.
        Assert.That(server.Log.AboveInformation.Where(line => line.Category != "Microsoft.AspNetCore.Server.Kestrel.Http2"), Is.Empty);
    }

    [Test]
    public async Task HeadersWithoutEnd_CloseTheConnection()
    {
        await using var server = Start();
        using var connection = await Http2Connection.OpenAsync(server.EndPoint);
        var goAway = connection.ReadToGoodbyeAsync();

        var stream = connection.TakeStream();
        await connection.SendAsync(Http2Connection.Frame(Http2Connection.Headers, Http2Connection.EndStream, stream, Http2Connection.Get("/sources")));
        var sent = 0;
        var continuation = Http2Connection.Frame(Http2Connection.Continuation, 0, stream, Http2Connection.Header("x-a", new string('x', 8000)));
        while (!goAway.IsCompleted && sent < Floods && await connection.SendAsync(continuation))
            sent++;

        Assert.That(await goAway, Is.Not.Zero, "an error code, or a closed connection");
        Assert.That(sent, Is.LessThan(Floods), "closed before all frames were sent");
        await AnswersAsync(server);
    }

    [TestCase(Http2Connection.Ping, 8)]
    [TestCase(Http2Connection.Settings, 0)]
    [TestCase(Http2Connection.Settings, 6)]
    public async Task FramesThatRequireAResponse_InALoop_DelayNoOtherClient(byte type, int length)
    {
        await using var server = Start();
        using var connection = await Http2Connection.OpenAsync(server.EndPoint);
        // The client never reads the responses.
        var payload = new byte[length];
        if (type == Http2Connection.Settings && length > 0)
            payload[1] = InitialWindowSize;
        var frame = Http2Connection.Frame(type, 0, 0, payload);
        var batch = Enumerable.Repeat(frame, 1000).SelectMany(bytes => bytes).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var sent = 0;
        // Sends until flow control blocks the client.
        while (sent < 2000 && await Task.WhenAny(connection.SendAsync(batch), Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, timeout.Token)) is Task<bool> { Result: true })
            sent++;

        await AnswersAsync(server);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        await TestContext.Out.WriteLineAsync($"{sent},000 frames were accepted; memory grew by {grown / 1024} KiB.");
        Assert.That(grown, Is.LessThan(64 * 1024 * 1024));
    }

    [Test]
    public async Task ViewerWithoutAFlowControlWindow_IsDisconnectedAtTheDeadline()
    {
        await using var server = Start(("Sse:WriteDeadline", "00:00:01"));
        using var connection = await Http2Connection.OpenAsync(server.EndPoint, (InitialWindowSize, 0));
        var bounds = server.Services.GetRequiredService<ClientLimits>();
        var stream = connection.TakeStream();
        await connection.SendAsync(Http2Connection.Frame(
            Http2Connection.Headers, Http2Connection.EndHeaders | Http2Connection.EndStream, stream, Http2Connection.Get("/sse?source=scripted")));
        var script = await _source.NextAsync();

        script.Write(Enumerable.Repeat(new string('x', 8000), 100));

        await script.Released.WaitAsync(Eventually.Limit);
        await Eventually.Happens(() => bounds.Viewers == 0, "the server released the viewer's slot");
        Assert.That(server.Log.Lines.Count(line => line.Text.Contains("read nothing for", StringComparison.Ordinal)), Is.EqualTo(1));
        // The connection stays open: only the stream was reset.
        await connection.SendAsync(Http2Connection.Frame(Http2Connection.Ping, 0, 0, new byte[8]));
        while (await connection.ReadAsync() is { } frame && frame is not (Http2Connection.Ping, Http2Connection.Acknowledge, _, _))
            Assert.That(frame.Type, Is.Not.EqualTo(Http2Connection.GoAway));
    }

    [Test]
    public async Task StreamsOverTheLimitOfAConnection_AreRefused()
    {
        await using var server = Start(("Kestrel:Limits:Http2:MaxStreamsPerConnection", "5"));
        using var connection = await Http2Connection.OpenAsync(server.EndPoint);
        for (var i = 0; i < 6; i++)
        {
            await connection.SendAsync(Http2Connection.Frame(Http2Connection.Headers, Http2Connection.EndHeaders | Http2Connection.EndStream,
                connection.TakeStream(), Http2Connection.Get("/sse?source=scripted")));
        }

        (byte Type, byte Flags, int Stream, byte[] Payload)? frame;
        do
            frame = await connection.ReadAsync();
        while (frame is { Type: not Http2Connection.Reset });

        const int refusedStream = 7;
        Assert.That((frame?.Stream, BinaryPrimitives.ReadInt32BigEndian(frame?.Payload)), Is.EqualTo((11, refusedStream)));
    }

    private RunningServer Start(params IEnumerable<(string Setting, string Value)> settings) => RunningServer.Start(
        settings.Append(("Kestrel:EndpointDefaults:Protocols", "Http2")).Append(("Streams:Grace", "00:00:00")).ToDictionary(setting => setting.Item1, setting => setting.Item2), [_source]);

    private static HttpClient Client(RunningServer server) => new()
    {
        BaseAddress = server.Address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task AnswersAsync(RunningServer server)
    {
        using var client = Client(server);
        Assert.That(await client.GetStringAsync(new Uri("/health/live", UriKind.Relative)).WaitAsync(Eventually.Limit), Is.EqualTo("Healthy"));
    }
}
