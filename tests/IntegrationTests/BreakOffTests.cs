using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Shutdown;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A response that ends early is broken off: its client gets all that was written, and then no regular end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BreakOffTests
{
    private const int InternalError = 2;
    private const string End = "the end";

    private readonly ScriptedGenerator _source = new();
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Http1_GetsWhatWasWritten_ThenTheEndOfTheConnection()
    {
        await using var server = Start();
        var streamId = await WriteAsync(server, segments: 3);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, $"/breaking/{streamId}");
        await viewer.ReadUntilAsync(End);

        _time.Advance(TimeSpan.FromMinutes(11));

        await viewer.ReadToEndAsync();
        Assert.That(viewer.IsComplete, Is.False, "the last chunk is not sent");
        Assert.That(viewer.Body[^40..], Does.EndWith($"{End}\n\n"));
        await EndedAsync(server, streamId);
        Assert.That(server.Log.Disconnects, Is.Empty, "no client disconnected");
    }

    [Test]
    public async Task Http1_SlowClient_GetsWhatWasWritten()
    {
        await using var server = Start();
        // More than the buffers of both ends hold.
        var streamId = await WriteAsync(server, segments: 1_000);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, $"/breaking/{streamId}", receiveBuffer: 4 * 1024);
        _time.Advance(TimeSpan.FromMinutes(11));

        await viewer.ReadToEndAsync();

        Assert.That(viewer.IsComplete, Is.False, "the last chunk is not sent");
        Assert.That(viewer.Available, Is.False, "no chunk is cut");
        Assert.That(viewer.Body[^40..], Does.EndWith("x\n\n").And.Not.Contain(End));
        await EndedAsync(server, streamId);
    }

    [Test]
    public async Task Http1_AtTheEndOfTheText_EndsRegularly()
    {
        await using var server = Start();
        var streamId = await WriteAsync(server, segments: 3, complete: true);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, $"/breaking/{streamId}");

        await viewer.ReadToEndAsync();

        Assert.That(viewer.IsComplete, Is.True);
        Assert.That(viewer.Body, Does.EndWith("data: [END]\n\n"));
    }

    [Test]
    public async Task Http1_Drain_SendsTheRetryBeforeTheBreak()
    {
        await using var server = Start(("Streams:DrainTime", "00:10:00"));
        var streamId = await WriteAsync(server, segments: 3);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, $"/breaking/{streamId}");
        await viewer.ReadUntilAsync(End);
        var drain = server.Services.GetRequiredService<Drain>();

        var stopped = server.StopAsync();
        await Eventually.Happens(() => drain.HasBegun, "the drain begins");
        drain.ForceStop();

        await viewer.ReadToEndAsync();
        Assert.That(viewer.IsComplete, Is.False, "the last chunk is not sent");
        Assert.That(viewer.Body[^40..], Does.Match(@"\n\nretry: \d+\n\n$"));
        await stopped.WaitAsync(Eventually.Limit);
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }

    [TestCase(3, false)]
    [TestCase(40, true)]
    public async Task Http2_GetsWhatWasWritten_ThenAReset(int segments, bool isSlow)
    {
        const int connectionWindow = 0;
        await using var server = Start(("Kestrel:EndpointDefaults:Protocols", "Http2"));
        var streamId = await WriteAsync(server, segments);
        using var connection = await Http2Connection.OpenAsync(server.EndPoint);
        var stream = connection.TakeStream();
        await connection.SendAsync(Http2Connection.Frame(
            Http2Connection.Headers, Http2Connection.EndHeaders | Http2Connection.EndStream, stream, Http2Connection.Get($"/breaking/{streamId}")));
        var body = new StringBuilder();
        // A slow client's window of 64 KiB is full before the end.
        var (until, isAdvanced) = (isSlow ? 65_535 : segments * 10_000, false);
        int? reset = null;
        while (reset is null && await connection.ReadAsync() is { } frame)
        {
            Assert.That(frame.Type, Is.Not.EqualTo(Http2Connection.GoAway));
            if (frame.Type == Http2Connection.Data)
                body.Append(Encoding.UTF8.GetString(frame.Payload));
            Assert.That(frame.Flags & (frame.Type == Http2Connection.Data ? Http2Connection.EndStream : 0), Is.Zero, "no regular end");
            if (frame.Type == Http2Connection.Reset)
                reset = BinaryPrimitives.ReadInt32BigEndian(frame.Payload);
            if (isAdvanced || body.Length < until)
                continue;
            isAdvanced = true;
            _time.Advance(TimeSpan.FromMinutes(11));
            foreach (var window in (int[])[connectionWindow, stream])
                await connection.SendAsync(Http2Connection.Frame(Http2Connection.WindowUpdate, 0, window, [0, 0x10, 0, 0]));
        }

        Assert.That(reset, Is.EqualTo(InternalError));
        Assert.That(body.ToString()[^40..], Does.EndWith(isSlow ? "x\n\n" : $"{End}\n\n"));
        await EndedAsync(server, streamId);
    }

    private RunningServer Start(params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string> { ["Sse:MaxConnectionAge"] = "00:10:00", ["Sse:WriteDeadline"] = "01:00:00", ["Sse:Heartbeat"] = "01:00:00" };
        foreach (var (key, value) in more)
            settings[key] = value;
        return RunningServer.Start(settings, [_source], services =>
        {
            services.AddSingleton<TimeProvider>(_time);
            services.AddControllers().ConfigureApplicationPartManager(parts => parts.FeatureProviders.Add(new BreakingController.Feature()));
        });
    }

    /// <summary>Starts a generation, and waits until its text is stored.</summary>
    private async Task<StreamId> WriteAsync(RunningServer server, int segments, bool complete = false)
    {
        var request = new StartRequest { Source = ScriptedGenerator.Name, OnDisconnect = OnDisconnect.Continue };
        var streamId = (await server.Streams.StartAsync(new Caller(null, "a test"), request, CancellationToken.None)).Value!.State.Id;
        var script = await _source.NextAsync();
        script.Write(Enumerable.Repeat(new string('x', 10_000), segments).Append(End));
        if (complete)
            script.Complete();
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Characters == (segments * 10_000) + End.Length, "the text is stored");
        return streamId;
    }

    private static async Task EndedAsync(RunningServer server, StreamId streamId)
    {
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "the response has ended");
        Assert.That(server.Log.AboveInformation, Is.Empty);
    }
}
