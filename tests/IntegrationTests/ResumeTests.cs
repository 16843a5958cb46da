using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A client that resumes after its last event ID gets each following event exactly once.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ResumeTests
{
    public enum Way
    {
        HeaderOfSse,
        QueryOfSse,
        PostWithHeader,
        HeaderOfEvents,
        QueryOfEvents,
    }

    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Resume_ContinuesWithTheNextEvent([Values] Way way, [Values] bool ended)
    {
        await using var server = RunningServer.Start(_source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted&onDisconnect=continue");
        var script = await _source.NextAsync();
        script.Write(Enumerable.Range(0, 50).Select(i => $"word{i} "));
        var seen = new List<SseItem<string>>();
        var dropAfter = TestContext.CurrentContext.Random.Next(1, 52);
        while (seen.Count < dropAfter)
            seen.Add(await viewer.ExpectAsync());
        await viewer.DisposeAsync();
        if (ended)
        {
            script.Complete();
            await Eventually.Happens(() => server.Generations == 0, "the generation ends");
        }

        await using var resumed = await SseViewer.OpenAsync(server, Resume(way, seen[^1].EventId!));
        script.Complete();
        seen.AddRange(await resumed.ReadToEndAsync());

        AssertWhole(seen, segments: 50);
        Assert.That(Ask.TextOf(seen), Is.EqualTo(string.Concat(Enumerable.Range(0, 50).Select(i => $"word{i} "))));
        Assert.That(_source.HasBegunAnother, Is.False, "no other generation has started");
    }

    [Test]
    public async Task Resume_TheHeaderWinsOverTheQuery()
    {
        await using var server = RunningServer.Start();
        var streamId = await PassageAsync(server, words: 10);

        await using var viewer = await SseViewer.OpenAsync(server, $"/sse?lastEventId={streamId}.2", $"{streamId}.7");
        await using var events = await SseViewer.OpenAsync(server, $"/streams/{streamId}/events?lastEventId=nonsense", $"{streamId}.7");

        Assert.That(Ask.IdOf(await viewer.ExpectAsync()).Sequence, Is.EqualTo(8));
        Assert.That(Ask.IdOf(await events.ExpectAsync()).Sequence, Is.EqualTo(8));
    }

    [Test]
    public async Task Resume_AtTheHeadOfARunningStream_WaitsForTheNextEvent()
    {
        await using var server = RunningServer.Start(_source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        var started = await viewer.ExpectAsync();

        await using var resumed = await SseViewer.OpenAsync(server, "/sse", started.EventId);
        var next = resumed.ExpectAsync();
        script.Write("word");

        Assert.That(Ask.IdOf(await next), Is.EqualTo(new EventId(Ask.IdOf(started).StreamId, 2)));
    }

    [Test]
    public async Task Resume_WithAPost_IgnoresTheBody()
    {
        await using var server = RunningServer.Start();
        var streamId = await PassageAsync(server, words: 3);

        foreach (var body in new[] { "", "{", """{"source":"nowhere"}""", """{"words":5}""" })
        {
            await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", body, $"{streamId}.4"));
            Assert.That((await viewer.ReadToEndAsync()).Select(item => item.EventType), Is.EqualTo(new[] { "completed", "message" }));
        }
    }

    [Test]
    public async Task Resume_AfterTheEnd_Is204()
    {
        await using var server = RunningServer.Start();
        var streamId = await PassageAsync(server, words: 3);
        foreach (var way in Enum.GetValues<Way>())
        {
            using var response = await server.Client.SendAsync(Resume(way, $"{streamId}.5"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent), way.ToString());
        }
    }

    [Test]
    public async Task SecondViewer_GetsStoredEvents_ThenLiveOnes()
    {
        await using var server = RunningServer.Start(_source);
        await using var first = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await _source.NextAsync();
        var streamId = Ask.IdOf(await first.ExpectAsync()).StreamId;
        script.Write("one ", "two ");
        await first.ExpectAsync();
        await first.ExpectAsync();

        await using var second = await SseViewer.OpenAsync(server, $"/streams/{streamId}/events");
        var seen = new List<SseItem<string>> { await second.ExpectAsync(), await second.ExpectAsync(), await second.ExpectAsync() };
        Assert.That((await server.StateAsync(streamId)).Viewers, Is.EqualTo(2));
        script.Write("three");
        seen.Add(await second.ExpectAsync());
        script.Complete();
        seen.AddRange(await second.ReadToEndAsync());

        AssertWhole(seen, segments: 3);
        Assert.That(Ask.TextOf(seen), Is.EqualTo("one two three"));
    }

    [Test]
    public async Task IdempotencyKey_OfARepeatedRequest_JoinsTheStreamThatTheFirstOneStarted()
    {
        await using var server = RunningServer.Start(_source);
        const string body = """{"source":"scripted","prompt":"the same"}""";
        await using var first = await SseViewer.OpenAsync(server, Ask.Post("/sse", body).With("Idempotency-Key", "k-1"));
        var script = await _source.NextAsync();
        var started = await first.ExpectAsync();

        await using var again = await SseViewer.OpenAsync(server, Ask.Post("/sse", body).With("Idempotency-Key", "k-1"));
        using var state = await server.Client.SendAsync(Ask.Post("/streams", body).With("Idempotency-Key", "k-1"));
        await using var other = await SseViewer.OpenAsync(server, Ask.Post("/sse", body).With("Idempotency-Key", "k-2"));

        Assert.That((await again.ExpectAsync()).EventId, Is.EqualTo(started.EventId));
        Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(state.Headers.Location?.ToString(), Is.EqualTo($"/streams/{Ask.IdOf(started).StreamId}"));
        Assert.That((await other.ExpectAsync()).EventId, Is.Not.EqualTo(started.EventId));
        await _source.NextAsync();
        Assert.That(_source.HasBegunAnother, Is.False);

        script.Write("word");
        script.Complete();
        Assert.That((await again.ReadToEndAsync()).Select(item => item.EventId), Is.EqualTo((await first.ReadToEndAsync()).Select(item => item.EventId)));
    }

    [Test]
    public async Task IdempotencyKey_OfManyRequestsAtOnce_StartsOneGeneration()
    {
        await using var server = RunningServer.Start(_source);
        var viewers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => SseViewer.OpenAsync(server,
            Ask.Post("/sse", """{"source":"scripted"}""").With("Idempotency-Key", "one"))));
        (await _source.NextAsync()).Complete();

        var ids = new HashSet<string?>();
        foreach (var viewer in viewers)
        {
            await using (viewer)
                ids.Add((await viewer.ReadToEndAsync())[0].EventId);
        }
        Assert.That(ids, Has.Count.EqualTo(1));
        Assert.That(_source.HasBegunAnother, Is.False);
    }

    [TestCase("/sse?words=3000&pace=0&seed=5", 3000)]
    [TestCase("/sse?words=300&pace=1&seed=6", 300)]
    public async Task Lorem_DroppedManyTimes_JoinsToTheTextByteForByte(string path, int words)
    {
        await using var server = RunningServer.Start();

        var (streamId, seen) = await ReadWithDropsAsync(server, path, drops: 20, mostBetweenDrops: words / 10);

        AssertWhole(seen, words);
        Assert.That(Encoding.UTF8.GetBytes(Ask.TextOf(seen)), Is.EqualTo(await server.TextAsync(streamId)));
    }

    [Test]
    public async Task Document_OfSeveralMegabytes_DroppedManyTimes_JoinsToTheFileByteForByte()
    {
        using var folder = new DocumentFolder();
        var document = folder.Write("world.txt", megabytes: 4, TestContext.CurrentContext.Random);
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Sources:Document:Folder"] = folder.Path }, []);

        var (streamId, seen) = await ReadWithDropsAsync(server, "/sse?source=document&file=world.txt&pace=0", drops: 100, mostBetweenDrops: 1000);

        AssertWhole(seen, seen.Count(Ask.IsSegment));
        var text = await server.TextAsync(streamId);
        var joined = Encoding.UTF8.GetBytes(Ask.TextOf(seen));
        Assert.That(joined.SequenceEqual(document), Is.True, "the joined parts are the file");
        Assert.That(joined.SequenceEqual(text), Is.True, "the joined parts are the text");
        var state = await server.StateAsync(streamId);
        Assert.That(state.Segments, Is.EqualTo(seen.Count(Ask.IsSegment)));
        Assert.That(state.Characters, Is.EqualTo(Encoding.UTF8.GetCharCount(document)));
    }

    /// <summary>Reads a stream with dropped connections, and resumes in each way in turn.</summary>
    private static async Task<(StreamId Stream, List<SseItem<string>> Seen)> ReadWithDropsAsync(
        RunningServer server, string path, int drops, int mostBetweenDrops)
    {
        var random = TestContext.CurrentContext.Random;
        var seen = new List<SseItem<string>>();
        for (var drop = 0; ; drop++)
        {
            await using var viewer = await SseViewer.OpenAsync(server, drop == 0 ? Ask.Get(path) : Resume((Way)(drop % 5), seen[^1].EventId!));
            if (drop == drops)
            {
                seen.AddRange(await viewer.ReadToEndAsync());
                return (Ask.IdOf(seen[0]).StreamId, seen);
            }
            for (var left = random.Next(1, mostBetweenDrops); left > 0; left--)
            {
                seen.Add(await viewer.ExpectAsync());
                // After the terminal event there is nothing to resume.
                if (Ask.IsTerminal(seen[^1]))
                {
                    seen.Add(await viewer.ExpectAsync());
                    return (Ask.IdOf(seen[0]).StreamId, seen);
                }
            }
        }
    }

    private static async Task<StreamId> PassageAsync(RunningServer server, int words)
    {
        await using var viewer = await SseViewer.OpenAsync(server, $"/sse?words={words}&pace=0");
        return Ask.IdOf((await viewer.ReadToEndAsync())[0]).StreamId;
    }

    private static HttpRequestMessage Resume(Way way, string lastEventId)
    {
        var stream = lastEventId.Split('.')[0];
        return way switch
        {
            Way.HeaderOfSse => Ask.Get("/sse?source=scripted", lastEventId),
            Way.QueryOfSse => Ask.Get($"/sse?lastEventId={lastEventId}"),
            Way.PostWithHeader => Ask.Post("/sse", """{"source":"scripted"}""", lastEventId),
            Way.HeaderOfEvents => Ask.Get($"/streams/{stream}/events", lastEventId),
            _ => Ask.Get($"/streams/{stream}/events?lastEventId={lastEventId}"),
        };
    }

    /// <summary>Asserts that each event was received once and in order, from the first event to the terminal event and the end marker.</summary>
    private static void AssertWhole(List<SseItem<string>> seen, int segments)
    {
        Assert.That(seen, Has.Count.EqualTo(segments + 3));
        Assert.That(seen[0].EventType, Is.EqualTo("started"));
        Assert.That(Ask.IsSentinel(seen[^1]), Is.True);
        Assert.That(seen[^2].EventType, Is.EqualTo("completed"));
        for (var i = 0; i < seen.Count - 1; i++)
            Assert.That(Ask.IdOf(seen[i]).Sequence, Is.EqualTo(i + 1));
    }
}
