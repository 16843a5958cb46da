using System.Net.ServerSentEvents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A response that has reached its maximum age ends, and its client resumes at the next event.</summary>
internal sealed class ConnectionAgeTests
{
    private static readonly Dictionary<string, string> Settings = new() { ["Sse:MaxConnectionAge"] = "00:10:00" };

    [Test]
    public async Task Response_AtItsMaximumAge_EndsCleanlyWithoutATerminalEvent_AndIsResumed()
    {
        var time = new FakeTimeProvider();
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(Settings, [source], services => services.AddSingleton<TimeProvider>(time));
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await source.NextAsync();
        script.Write("one ", "two ");
        var seen = new List<SseItem<string>> { await viewer.ExpectAsync(), await viewer.ExpectAsync(), await viewer.ExpectAsync() };

        // The jitter is 10 %: each response ends after 9 to 11 minutes.
        time.Advance(TimeSpan.FromMinutes(8.9));
        script.Write("three ");
        seen.Add(await viewer.ExpectAsync());
        time.Advance(TimeSpan.FromMinutes(2.2));
        Assert.That(await viewer.NextAsync(), Is.Null, "the response ends regularly");

        await using var resumed = await SseViewer.OpenAsync(server, "/sse", seen[^1].EventId);
        script.Write("four");
        script.Complete();
        seen.AddRange(await resumed.ReadToEndAsync());
        Assert.That(Ask.TextOf(seen), Is.EqualTo("one two three four"));
        Assert.That(seen.SkipLast(1).Select(item => Ask.IdOf(item).Sequence), Is.EqualTo(Enumerable.Range(1, 6)));
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Disconnects, Is.Empty, "no client disconnected");
    }

    [Test]
    public async Task Responses_ThatBeginTogether_EndAtDifferentTimes()
    {
        var time = new FakeTimeProvider();
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(Settings, [source], services => services.AddSingleton<TimeProvider>(time));
        await using var first = await SseViewer.OpenAsync(server, "/sse?source=scripted&onDisconnect=continue");
        var script = await source.NextAsync();
        var streamId = Ask.IdOf(await first.ExpectAsync()).StreamId;
        var viewers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawConnection.ViewAsync(server.EndPoint, $"/streams/{streamId}/events")));

        // In the middle of the jitter some responses have ended; only the remaining ones receive the next segment.
        time.Advance(TimeSpan.FromMinutes(10));
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers < 51, "some responses have ended");
        script.Write("to those who are left");
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Segments == 1, "the segment is stored");
        time.Advance(TimeSpan.FromMinutes(1));

        var late = 0;
        foreach (var viewer in viewers)
        {
            using (viewer)
            {
                await viewer.ReadToEndAsync();
                Assert.That(viewer.IsComplete, Is.True);
                Assert.That(viewer.Body, Does.Not.Contain("[END]"));
                late += viewer.Body.Contains("to those who are left", StringComparison.Ordinal) ? 1 : 0;
            }
        }
        Assert.That(late, Is.InRange(1, 49));
    }

    [Test]
    public async Task Passage_ReadByShortConnections_HasEveryEventOnce()
    {
        const int words = 20;
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Sse:MaxConnectionAge"] = "00:00:00.020" }, [source]);
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted","onDisconnect":"continue"}"""));
        var events = $"/streams/{Ask.StartedBy(response)}/events";
        var script = await source.NextAsync();
        var seen = new List<SseItem<string>>();
        // Each response ends at its maximum age, whether or not it has sent the new segment.
        for (var connection = 0; seen.Count == 0 || !Ask.IsSentinel(seen[^1]); connection++)
        {
            await using var viewer = await SseViewer.OpenAsync(server, events, seen.Count == 0 ? null : seen[^1].EventId);
            if (connection < words)
                script.Write($"word{connection} ");
            else
                script.Complete();
            seen.AddRange(await viewer.ReadToEndAsync());
        }

        Assert.That(seen.SkipLast(1).Select(item => Ask.IdOf(item).Sequence), Is.EqualTo(Enumerable.Range(1, words + 2)));
        Assert.That(Ask.TextOf(seen), Is.EqualTo(string.Concat(Enumerable.Range(0, words).Select(i => $"word{i} "))));
    }
}
