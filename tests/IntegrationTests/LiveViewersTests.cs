using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>Many viewers that follow one stream live, and that fall behind, catch up, stall, leave and return at random.</summary>
internal sealed class LiveViewersTests
{
    private const int Segments = 200;

    [TestCase(300)]
    [TestCase(1000, Category = TestCategories.Long)]
    public async Task EveryLiveViewer_GetsEveryEventOnceAndInOrder(int count)
    {
        var random = new Random(TestContext.CurrentContext.Random.Next());
        await using var server = RunningServer.Start(new CallbackGenerator("writer", WriteAsync));
        using var client = CreateClient(server.Address);
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"writer","onDisconnect":"continue"}"""));
        var streamId = Ask.StartedBy(response);

        var responses = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => ViewAsync(client, streamId, new Random(random.Next()))))
            .WaitAsync(Eventually.Limit * 2);

        await TestContext.Out.WriteLineAsync($"{count} viewers opened {responses.Sum()} responses.");
        Assert.That(responses.Sum(), Is.GreaterThan(count), "some viewers left and returned");
        var state = await server.StateAsync(streamId);
        Assert.That((state.Status, state.LastEventId.Sequence), Is.EqualTo((StreamStatus.Completed, Segments + 2L)));
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "no viewer is counted");
        await Eventually.Happens(() => server.Subscriptions == 0, "no subscription is left");
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Where(line => line.Exception is not null), Is.Empty);
    }

    /// <summary>Views the stream to its end; returns the number of responses that this took.</summary>
    private static async Task<int> ViewAsync(HttpClient client, StreamId streamId, Random random)
    {
        var after = 0L;
        for (var responses = 1; ; responses++)
        {
            await using var viewer = await SseViewer.OpenAsync(client, Ask.Get($"/streams/{streamId}/events", after == 0 ? null : $"{streamId}.{after}"));
            for (var left = random.Next(1, 150); left > 0; left--)
            {
                var item = await viewer.ExpectAsync();
                Assert.That(Ask.IdOf(item), Is.EqualTo(new EventId(streamId, ++after)));
                if (Ask.IsSegment(item))
                    Assert.That(item.Data, Is.EqualTo(SegmentOf(after)));
                if (Ask.IsTerminal(item))
                {
                    Assert.That(Ask.IsSentinel(await viewer.ExpectAsync()), Is.True);
                    Assert.That(await viewer.NextAsync(), Is.Null);
                    return responses;
                }
                // Meanwhile the server fills the buffers of the connection.
                if (random.Next(50) == 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 500)), TimeProvider.System);
            }
        }
    }

    /// <summary>Single words, and bursts that exceed the buffers of a connection that is not read.</summary>
    private static async IAsyncEnumerable<GeneratedText> WriteAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var sequence = 2; sequence < Segments + 2; sequence++)
        {
            yield return SegmentOf(sequence);
            if (!IsLarge(sequence))
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private static bool IsLarge(long sequence) => sequence % 20 < 4;

    private static string SegmentOf(long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"word {sequence} ").PadRight(IsLarge(sequence) ? 10_000 : 0, 'x');

    private static HttpClient CreateClient(Uri address) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ResponseDrainTimeout = TimeSpan.Zero,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 8 * 1024 };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
