using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Limits;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>Clients that use HTTP/2 against the server: many cheap frames that make it work.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class Http2Tests
{
    private const int Floods = 100_000;
    private const int InitialWindowSize = 4;

    private readonly ScriptedGenerator _source = new();

    [TestCase("/sse?words=100000&pace=10")]
    [TestCase("/streams/AAAAAAAAAAAAAAAAAAAAAA/events")]
    public async Task Resets_InALoop_StartNoMoreThanTheRate_AndOthersAreServed(string path)
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
                var goodbye = connection.ReadToGoodbyeAsync();
                while (sent < Floods && !goodbye.IsCompleted)
                {
                    var stream = connection.TakeStream();
                    byte[] both =
                    [
                        .. Http2Connection.Frame(Http2Connection.Headers, Http2Connection.EndHeaders | Http2Connection.EndStream, stream, Http2Connection.Get(path)),
                        .. Http2Connection.Frame(Http2Connection.Reset, 0, stream, [0, 0, 0, 8]),
                    ];
                    if (!await connection.SendAsync(both))
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
            $"{sent} resets on {connections} connections; {served} others served, the slowest in {slowest.TotalMilliseconds:0} ms; {mostRunning} generations at the most.");
        Assert.That(mostRunning, Is.LessThanOrEqualTo(20));
        await Eventually.Happens(() => bounds.RunningGenerations == 0 && bounds.Viewers == 0, "nothing of it is left");
        // Kestrel says of such a connection that it closed it.
        Assert.That(server.Log.AboveInformation.Where(line => line.Category != "Microsoft.AspNetCore.Server.Kestrel.Http2"), Is.Empty);
    }

    [Test]
    public async Task Headers_WithoutEnd_AreCutOff()
    {
        await using var server = Start();
        using var connection = await Http2Connection.OpenAsync(server.EndPoint);
        var goodbye = connection.ReadToGoodbyeAsync();

        var stream = connection.TakeStream();
        await connection.SendAsync(Http2Connection.Frame(Http2Connection.Headers, Http2Connection.EndStream, stream, Http2Connection.Get("/sources")));
        var sent = 0;
        var more = Http2Connection.Frame(Http2Connection.Continuation, 0, stream, Http2Connection.Header("x-a", new string('x', 8000)));
        while (!goodbye.IsCompleted && sent < Floods && await connection.SendAsync(more))
            sent++;

        Assert.That(await goodbye, Is.Not.Zero, "an error, or a connection that was cut");
        Assert.That(sent, Is.LessThan(Floods), "long before all was sent");
        await AnswersAsync(server);
    }

    [TestCase(Http2Connection.Ping, 8)]
    [TestCase(Http2Connection.Settings, 0)]
    [TestCase(Http2Connection.Settings, 6)]
    public async Task Frames_ThatWantAnAnswer_InALoop_HoldUpNobody(byte type, int length)
    {
        await using var server = Start();
        using var connection = await Http2Connection.OpenAsync(server.EndPoint);
        // The answers are never read.
        var payload = new byte[length];
        if (type == Http2Connection.Settings && length > 0)
            payload[1] = InitialWindowSize;
        var frame = Http2Connection.Frame(type, 0, 0, payload);
        var many = Enumerable.Repeat(frame, 1000).SelectMany(bytes => bytes).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var sent = 0;
        // Until the server, or what lies between, takes no more.
        while (sent < 2000 && await Task.WhenAny(connection.SendAsync(many), Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, patience.Token)) is Task<bool> { Result: true })
            sent++;

        await AnswersAsync(server);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        await TestContext.Out.WriteLineAsync($"{sent},000 frames were taken; memory grew by {grown / 1024} KiB.");
        Assert.That(grown, Is.LessThan(64 * 1024 * 1024));
    }

    [Test]
    public async Task Viewer_ThatGivesNoWindow_IsDroppedAtTheDeadline()
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
        await Eventually.Happens(() => bounds.Viewers == 0, "its place has come back");
        Assert.That(server.Log.Lines.Count(line => line.Text.Contains("read nothing for", StringComparison.Ordinal)), Is.EqualTo(1));
        // The connection goes on: only the stream was reset.
        await connection.SendAsync(Http2Connection.Frame(Http2Connection.Ping, 0, 0, new byte[8]));
        while (await connection.ReadAsync() is { } frame && frame is not (Http2Connection.Ping, Http2Connection.Acknowledge, _, _))
            Assert.That(frame.Type, Is.Not.EqualTo(Http2Connection.GoAway));
    }

    [Test]
    public async Task Streams_OverTheBoundOfAConnection_AreRefused()
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
