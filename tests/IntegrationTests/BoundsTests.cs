using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Limits;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Limits of each client and of the server: a request over a limit is refused, and other clients are not affected.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BoundsTests
{
    private readonly ScriptedGenerator _source = new();

    [TestCase("RunningGenerationsPerClient", 429, "too-many-generations")]
    [TestCase("RunningGenerations", 503, "busy")]
    [TestCase("ViewersPerClient", 429, "too-many-viewers")]
    [TestCase("Viewers", 503, "busy")]
    [TestCase("StartsPerMinutePerClient", 429, "too-many-starts")]
    public async Task Start_OverALimit_IsRefusedBeforeTheFirstByte_WithRetryAfter(string bound, int status, string type)
    {
        await using var server = Start((bound, "2"));
        await using var first = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        await using var second = await SseViewer.OpenAsync(server, Ask.Post("/sse", """{"source":"scripted"}"""));

        await ExpectAsync(server, Ask.Get("/sse?source=scripted"), status, type);
        await ExpectAsync(server, Ask.Post("/sse", """{"source":"scripted"}"""), status, type);
        if (bound.StartsWith("Viewers", StringComparison.Ordinal))
        {
            // Open responses continue.
            var streamId = Ask.IdOf(await first.ExpectAsync()).StreamId;
            Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Running));
            await ExpectAsync(server, Ask.Get($"/streams/{streamId}/text"), status, type);
        }
        else
        {
            await ExpectAsync(server, Ask.Post("/streams", """{"source":"scripted"}"""), status, type);
        }
        foreach (var viewer in new[] { first, second })
        {
            var script = await _source.NextAsync();
            script.Write("All ", "of it.");
            script.Complete();
            Assert.That(Ask.TextOf(await viewer.ReadToEndAsync()), Is.EqualTo("All of it."));
        }
        Assert.That(_source.HasBegunAnother, Is.False, "a refused generation has not started");
        await EmptyAsync(server);
    }

    [Test]
    public async Task Slots_AreReleased_HoweverAResponseEnds()
    {
        await using var server = Start(("Viewers", "1"), ("RunningGenerations", "1"), ("StartsPerMinutePerClient", "0"));

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted"))
        {
            (await _source.NextAsync()).Complete();
            await viewer.ReadToEndAsync();
        }
        await EmptyAsync(server);

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted"))
        {
            (await _source.NextAsync()).Fail(new InvalidOperationException("The source breaks."));
            await viewer.ReadToEndAsync();
        }
        await EmptyAsync(server);

        // The grace period is zero: a disconnect stops the generation.
        using (var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted"))
        {
            var script = await _source.NextAsync();
            viewer.Reset();
            await script.Released.WaitAsync(Eventually.Limit);
        }
        await EmptyAsync(server);

        using (var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted"))
        {
            var script = await _source.NextAsync();
            viewer.Close();
            await script.Released.WaitAsync(Eventually.Limit);
        }
        await EmptyAsync(server);

        await using (var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted"))
        {
            var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
            using var stopped = await server.Client.DeleteAsync(new Uri($"/streams/{streamId}", UriKind.Relative));
            await viewer.ReadToEndAsync();
            await server.TextAsync(streamId);
            await ExpectAsync(server, Ask.Get("/sse", $"{streamId}.9"), 410, "position-beyond-end", hasRetryAfter: false);
        }
        await EmptyAsync(server);
    }

    [TestCase("ViewersPerClient")]
    [TestCase("Viewers")]
    public async Task ReconnectingViewer_ReplacesItsLostConnection(string bound)
    {
        await using var server = Start((bound, "1"));
        // The client disappears without closing its connection, so the server does not notice.
        using var lost = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();
        script.Write("One ");
        await lost.ReadUntilAsync("data: One");
        var streamId = StreamId.TryParse(lost.Body.Split("id: ")[1].Split('.')[0], out var id) ? id : default;

        await using var back = await SseViewer.OpenAsync(server, "/sse", $"{streamId}.2");
        // The eviction is asynchronous: without this wait the lost connection could still receive the terminal event.
        await lost.ReadToEndAsync();
        script.Write("two.");
        script.Complete();

        Assert.That(Ask.TextOf(await back.ReadToEndAsync()), Is.EqualTo("two."));
        Assert.That(lost.Body, Does.Not.Contain("event: completed"), "without a terminal event a client reconnects");
        await EmptyAsync(server);
    }

    [Test]
    public async Task Viewer_OfAnotherStream_KeepsItsSlot()
    {
        await using var server = Start(("ViewersPerClient", "1"));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        using var other = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted","onDisconnect":"continue"}"""));

        await ExpectAsync(server, Ask.Get($"/streams/{Ask.StartedBy(other)}/events"), 429, "too-many-viewers");

        script.Complete();
        Assert.That(Ask.IsSentinel((await viewer.ReadToEndAsync())[^1]), Is.True);
    }

    [Test]
    public async Task RepeatedPost_WithItsKey_JoinsItsStream_AtEveryLimit()
    {
        await using var server = Start(("ViewersPerClient", "1"), ("RunningGenerationsPerClient", "1"), ("StartsPerMinutePerClient", "1"));
        using var lost = await RawConnection.OpenAsync(server.EndPoint);
        const string body = """{"source":"scripted"}""";
        await lost.SendAsync($"POST /sse HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await lost.ReadHeadAsync();
        await lost.ReadUntilAsync("event: started");

        await using var again = await SseViewer.OpenAsync(server, Ask.Post("/sse", body).With("Idempotency-Key", "k"));
        (await _source.NextAsync()).Complete();

        Assert.That(Ask.IsSentinel((await again.ReadToEndAsync())[^1]), Is.True);
        Assert.That(_source.HasBegunAnother, Is.False);
    }

    [Test]
    public async Task Client_BehindATrustedProxy_HasTheForwardedAddress()
    {
        await using var server = Start(("ViewersPerClient", "1"), ("Proxies:Trusted:0", "127.0.0.0/8"), ("Proxies:Trusted:1", "2001:db8::7"));
        await using var first = await SseViewer.OpenAsync(server, From("198.51.100.1"));
        await using var second = await SseViewer.OpenAsync(server, From("198.51.100.2"));

        await ExpectAsync(server, From("198.51.100.1"), 429, "too-many-viewers");
        await ExpectAsync(server, From("198.51.100.1:4711"), 429, "too-many-viewers");
        // A client can send any address before that of the last untrusted hop.
        await ExpectAsync(server, From("203.0.113.9, 198.51.100.1, 127.0.0.5"), 429, "too-many-viewers");
        await ExpectAsync(server, From("203.0.113.9, 198.51.100.1, 2001:db8::7"), 429, "too-many-viewers");
        await using var sixth = await SseViewer.OpenAsync(server, From("2001:db8:1::1"));
        await ExpectAsync(server, From("2001:db8:1::ffff"), 429, "too-many-viewers");
        await using var nonsense = await SseViewer.OpenAsync(server, From("unknown"));
    }

    [TestCase(null)]
    [TestCase("192.0.2.0/24")]
    public async Task Client_WithoutATrustedProxy_HasTheAddressOfItsConnection(string? trusted)
    {
        await using var server = Start([("ViewersPerClient", "1"), .. trusted is null ? (IEnumerable<(string, string)>)[] : [("Proxies:Trusted:0", trusted)]]);
        await using var first = await SseViewer.OpenAsync(server, From("198.51.100.1"));

        await ExpectAsync(server, From("198.51.100.2"), 429, "too-many-viewers");
    }

    [Test]
    public async Task Connection_OverTheLimitOfItsAddress_IsClosedAtOnce_AndOthersAreServed()
    {
        await using var server = Start(("ConnectionsPerAddress", "3"));
        var open = new List<RawConnection?>();
        while (open.Count < 3)
        {
            open.Add(await ConnectAsync(server, "127.0.0.2"));
            await AskAsync(open[^1]);
        }

        using var fourth = await ConnectAsync(server, "127.0.0.2");
        Assert.That(await IsClosedAsync(fourth), Is.True);
        using var other = await ConnectAsync(server, "127.0.0.3");
        await AskAsync(other);

        open.ForEach(connection => connection?.Dispose());
        await Eventually.Happens(
            async () =>
            {
                using var again = await ConnectAsync(server, "127.0.0.2");
                return await TryAskAsync(again);
            },
            "the address has a free connection");
        Assert.That(server.Log.AboveInformation.Single().Text, Does.Contain("127.0.0.2").And.Contain("has reached its limit of 3 connections: further ones are closed"));
    }

    [Test]
    // With a limit of one, a connection of another program on this machine to the new port uses it up.
    [Retry(3)]
    public async Task Connection_OverTheLimitOfTheServer_IsClosedAtOnce()
    {
        await using var server = Start(("Kestrel:Limits:MaxConcurrentConnections", "1"));
        using var first = await ConnectAsync(server, "127.0.0.2");
        await AskAsync(first);

        using var second = await ConnectAsync(server, "127.0.0.3");

        Assert.That(await IsClosedAsync(second), Is.True);
        await AskAsync(first);
    }

    [TestCase("Limits:Viewers", "-1")]
    [TestCase("Limits:StartsPerMinutePerClient", "1000001")]
    [TestCase("Kestrel:Limits:MaxRequestHeaderCount", "-1")]
    [TestCase("Kestrel:Limits:RequestHeadersTimeout", "00:00:00")]
    [TestCase("Kestrel:Limits:Http2:MaxFrameSize", "100")]
    [TestCase("Limits:BodyBytes", "0")]
    public void Setting_OutOfItsRange_StopsTheStart_AndIsNamed(string setting, string value) => Assert.That(
        () => RunningServer.Start(new Dictionary<string, string> { [setting] = value }, []),
        Throws.InstanceOf<Microsoft.Extensions.Options.OptionsValidationException>().With.Message.Contains(setting));

    private RunningServer Start(params IEnumerable<(string Bound, string Value)> bounds)
    {
        var settings = new Dictionary<string, string> { ["Streams:Grace"] = "00:00:00" };
        foreach (var (bound, value) in bounds)
            settings[bound.Contains(':', StringComparison.Ordinal) ? bound : $"Limits:{bound}"] = value;
        return RunningServer.Start(settings, [_source]);
    }

    private static HttpRequestMessage From(string client) => Ask.Get("/sse?source=scripted").With("X-Forwarded-For", client);

    private static async Task ExpectAsync(RunningServer server, HttpRequestMessage request, int status, string type, bool hasRetryAfter = true)
    {
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Eventually.Limit);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That((await Problem.OfAsync(response)).GetProperty("type").GetString(), Does.EndWith($":{type}"));
        if (hasRetryAfter)
            Assert.That(response.Headers.RetryAfter?.Delta, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
    }

    private static async Task EmptyAsync(RunningServer server)
    {
        var bounds = server.Services.GetRequiredService<ClientLimits>();
        await Eventually.Happens(() => (bounds.Viewers, bounds.RunningGenerations) == (0, 0), "all slots are released");
    }

    /// <summary>Null if the server closed the connection before the client had it.</summary>
    private static async Task<RawConnection?> ConnectAsync(RunningServer server, string from)
    {
        try
        {
            return await RawConnection.OpenAsync(server.EndPoint, from: IPAddress.Parse(from));
        }
        catch (SocketException closed) when (closed.SocketErrorCode is SocketError.ConnectionReset)
        {
            return null;
        }
    }

    private static async Task AskAsync(RawConnection? connection) => Assert.That(await TryAskAsync(connection), Is.True, "the connection is served");

    private static async Task<bool> TryAskAsync(RawConnection? connection)
    {
        if (connection is null)
            return false;
        try
        {
            await connection.GetAsync("/health/live");
            await connection.ReadHeadAsync();
            await connection.ReadToEndAsync();
            return connection.Status == 200 && connection.IsComplete;
        }
        catch (Exception closed) when (closed is SocketException or EndOfStreamException)
        {
            return false;
        }
    }

    private static async Task<bool> IsClosedAsync(RawConnection? connection) => connection is null || !await connection.SipAsync(1);
}
