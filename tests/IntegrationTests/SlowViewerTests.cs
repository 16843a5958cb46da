using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A viewer that does not read is disconnected, and does not affect other viewers.</summary>
internal sealed class SlowViewerTests
{
    private const int Events = 3000;

    private static readonly string Filling = new('x', 10_000);

    [Test]
    public async Task Viewer_ThatNeverReads_IsDroppedAfterTheDeadline_WhileOthersGetAllEvents()
    {
        await using var server = RunningServer.Start(
            new Dictionary<string, string> { ["Sse:WriteDeadline"] = "00:00:01", ["Sse:Heartbeat"] = "00:00:00.100" }, [new CallbackGenerator("large", Large)]);
        await using var reader = await SseViewer.OpenAsync(server, "/sse?source=large");
        var seen = new List<SseItem<string>> { await reader.ExpectAsync() };
        var streamId = Ask.IdOf(seen[0]).StreamId;
        // The text of 30 MB exceeds the buffers of a connection.
        var stuck = new List<RawConnection>();
        for (var i = 0; i < 5; i++)
            stuck.Add(await RawConnection.ViewAsync(server.EndPoint, $"/streams/{streamId}/events", receiveBuffer: 8 * 1024));

        var rest = reader.ReadToEndAsync();
        await Eventually.Happens(() => Dropped(server).Count() == stuck.Count, "viewers that do not read are dropped");
        seen.AddRange(await rest);

        Assert.That(seen, Has.Count.EqualTo(Events + 3));
        for (var i = 0; i < Events + 2; i++)
            Assert.That(Ask.IdOf(seen[i]).Sequence, Is.EqualTo(i + 1));
        Assert.That(Ask.TextOf(seen), Has.Length.EqualTo(Events * Filling.Length));
        Assert.That(seen[^2].EventType, Is.EqualTo("completed"));
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "no viewer is counted");
        await Eventually.Happens(() => server.Subscriptions == 0, "no subscription is left");
        Assert.That(server.Log.AboveInformation, Is.Empty);

        foreach (var connection in stuck)
        {
            using (connection)
            {
                // Buffered data may still be read. Without the last chunk, a client reconnects.
                await connection.ReadToEndAsync();
                Assert.That(connection.IsComplete, Is.False);
            }
        }
    }

    [Test]
    public async Task Viewer_ThatPauses_ButReadsWithinTheDeadline_IsNotDropped()
    {
        await using var server = RunningServer.Start(new CallbackGenerator("large", Large));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=large");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is StreamStatus.Completed, "the generation completes");

        // The buffers are full, and the server already waits for this client to read.
        var seen = await viewer.ReadToEndAsync();

        Assert.That(seen.Count(Ask.IsSegment), Is.EqualTo(Events));
        Assert.That(Dropped(server), Is.Empty);
    }

    private static IEnumerable<LogLine> Dropped(RunningServer server) =>
        server.Log.Lines.Where(line => line.Text.StartsWith("Viewer of stream", StringComparison.Ordinal));

    private static async IAsyncEnumerable<GeneratedText> Large([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < Events; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return i.ToString(CultureInfo.InvariantCulture).PadRight(Filling.Length, 'x');
            if (i % 10 == 0)
                await Task.Yield();
        }
    }
}
