using System.Diagnostics;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>Clients that never finish sending a request are disconnected, and delay no other client.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SlowRequestTests
{
    private const int Connections = 300;

    private static readonly Dictionary<string, string> ShortTimeouts = new()
    {
        ["Kestrel:Limits:RequestHeadersTimeout"] = "00:00:01",
        ["Kestrel:Limits:KeepAliveTimeout"] = "00:00:01",
        ["Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond"] = "1000",
        ["Kestrel:Limits:MinRequestBodyDataRate:GracePeriod"] = "00:00:01.100",
    };

    [TestCase("GET /sse HTTP/1.1\r\nHost: localhost\r\n", "X-A: b\r\n")]
    [TestCase("GET /sse?prompt=", "a")]
    [TestCase("POST /streams HTTP/1.1\r\nHost: localhost\r\nX-A: ", "b")]
    [TestCase("POST /streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", " ")]
    [TestCase("POST /streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")]
    [TestCase("POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5;", "e")]
    public async Task RequestSentSlowly_IsDisconnected_WhileOtherClientsAreServed(string beginning, string drop)
    {
        await using var server = RunningServer.Start(ShortTimeouts, []);
        var slow = new List<RawConnection>();
        for (var i = 0; i < Connections; i++)
        {
            slow.Add(await RawConnection.OpenAsync(server.EndPoint));
            await slow[^1].SendAsync(beginning);
        }

        // Each client sends a few bytes at a time until the server responds or closes the connection.
        var cut = slow.Select(async connection =>
        {
            while (true)
            {
                try
                {
                    await connection.SendAsync(drop);
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return;
                }
                if (connection.Available || await connection.IsEndedAsync())
                    return;
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }).ToList();
        var all = Task.WhenAll(cut);
        var slowest = TimeSpan.Zero;
        var served = 0;
        do
        {
            var clock = Stopwatch.StartNew();
            await using var viewer = await SseViewer.OpenAsync(server, "/sse?words=3&pace=0");
            Assert.That((await viewer.ReadToEndAsync())[^2].EventType, Is.EqualTo("completed"));
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            served++;
        }
        while (!all.IsCompleted);

        await all.WaitAsync(Eventually.Limit);
        await TestContext.Out.WriteLineAsync($"{served} other requests were served, the slowest in {slowest.TotalMilliseconds:0} ms.");
        Assert.That(server.Log.AboveInformation, Is.Empty);
        slow.ForEach(connection => connection.Dispose());
    }

    [Test]
    public async Task Connection_ThatSendsNothing_IsClosed()
    {
        await using var server = RunningServer.Start(ShortTimeouts, []);
        using var connection = await RawConnection.OpenAsync(server.EndPoint);

        await Eventually.Happens(connection.IsEndedAsync, "the connection is closed");
    }
}
