using SseStreaming.Client;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Client;

/// <summary>The .NET client reads whole texts from the real server, whatever happens to its connections.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TextStreamClientTests
{
    private static readonly TextStreamOptions Fast = new() { BaseDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromMilliseconds(100), MaxAttempts = 100 };

    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Start_GivesAllEvents_AndThePassage()
    {
        await using var server = RunningServer.Start();
        var client = new TextStreamClient(server.Client);

        var stream = client.Start(new { source = "lorem", words = 30 });
        var events = await ReadAsync(stream);

        Assert.That(events[0], Is.InstanceOf<StartedEvent>());
        Assert.That(events[^1], Is.InstanceOf<CompletedEvent>().With.Property(nameof(CompletedEvent.FinishReason)).EqualTo("stop"));
        Assert.That(events.OfType<SegmentEvent>().Count(), Is.EqualTo(30));
        Assert.That(stream.Passage, Is.EqualTo(await client.ReadTextAsync(stream.StreamId!)));
        Assert.That(stream.LastEventId, Is.EqualTo($"{stream.StreamId}.32"));
    }

    [Test]
    public async Task Segments_KeepTheirWhiteSpace()
    {
        await using var server = RunningServer.Start(_source);
        var reading = ReadAsync(new TextStreamClient(server.Client).Start(new { source = ScriptedGenerator.Name }));
        var script = await _source.NextAsync();
        string[] texts = [" a", "  b ", "\n", "c\n\nd", "\t", "data: e", ":f"];
        script.Write(texts);
        script.Complete();

        Assert.That(string.Concat((await reading).OfType<SegmentEvent>().Select(segment => segment.Text)), Is.EqualTo(string.Concat(texts)));
    }

    [Test]
    public async Task Connections_CutAtAnyByte_LoseNothing([Values] NetworkFaultKind kind)
    {
        // A silent connection is noticed by the time limit only.
        var options = kind is NetworkFaultKind.Silence
            ? new TextStreamOptions { BaseDelay = TimeSpan.Zero, MaxAttempts = 1_000, InactivityTimeout = TimeSpan.FromMilliseconds(500) }
            : new TextStreamOptions { BaseDelay = TimeSpan.Zero, MaxAttempts = 1_000 };
        await using var server = RunningServer.Start(new Dictionary<string, string> { ["Sse:Retry"] = "00:00:00" }, []);
        // From the start of the head of the first response to some events further than the client had at the connection before.
        await using var network = new FaultyNetwork(server.Address, (number, random) => new NetworkConditions
        {
            Fault = new NetworkFault(kind, random.Next(1, kind is NetworkFaultKind.Silence ? 2_500 : 900)),
        });
        using var http = new HttpClient { BaseAddress = network.Address };
        var client = new TextStreamClient(http, options);

        var stream = client.Start(new { source = "lorem", words = 100, pace = 1, onDisconnect = "continue" });
        var events = await ReadAsync(stream).WaitAsync(Eventually.Limit);

        await TestContext.Out.WriteLineAsync($"{network.Faults} connections of {network.Connections} were broken");
        Assert.That(network.Faults, Is.GreaterThan(3));
        Assert.That(events[^1], Is.InstanceOf<CompletedEvent>());
        Assert.That(events.Select(item => item.Id), Is.EqualTo(Enumerable.Range(1, 102).Select(sequence => $"{stream.StreamId}.{sequence}")));
        using var direct = new HttpClient { BaseAddress = server.Address };
        Assert.That(stream.Passage, Is.EqualTo(await new TextStreamClient(direct).ReadTextAsync(stream.StreamId!)));
    }

    [Test]
    public async Task Open_ReadsAfterTheLastEventId()
    {
        await using var server = RunningServer.Start();
        var client = new TextStreamClient(server.Client);
        var first = client.Start(new { source = "lorem", words = 10 });
        await ReadAsync(first);

        var all = await ReadAsync(client.Open(first.StreamId!));
        var rest = await ReadAsync(client.Open(first.StreamId!, $"{first.StreamId}.8"));
        var none = await ReadAsync(client.Open(first.StreamId!, first.LastEventId));

        Assert.That(all, Has.Count.EqualTo(12));
        Assert.That(rest.Select(item => item.Id), Is.EqualTo(all.Skip(8).Select(item => item.Id)));
        Assert.That(none, Is.Empty);
    }

    [Test]
    public async Task Failure_IsAnEvent_AndThenAnException()
    {
        await using var server = RunningServer.Start(_source);
        var stream = new TextStreamClient(server.Client).Start(new { source = ScriptedGenerator.Name });
        var events = new List<TextStreamEvent>();
        var reading = ReadAsync(stream, events);
        var script = await _source.NextAsync();
        script.Write("a word");
        script.Fail(new InvalidOperationException("broken"));

        var exception = await Assert.ThrowsAsync<TextStreamFailedException>(() => reading);
        Assert.That(exception!.Problem.Title, Is.EqualTo("The source failed."));
        Assert.That(events[^1], Is.InstanceOf<FailedEvent>());
        Assert.That(stream.Passage, Is.EqualTo("a word"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Stop_EndsTheStream(bool afterText)
    {
        await using var server = RunningServer.Start(_source);
        var stream = new TextStreamClient(server.Client).Start(new { source = ScriptedGenerator.Name });
        var events = new List<TextStreamEvent>();
        var reading = ReadAsync(stream, events);
        var script = await _source.NextAsync();
        if (afterText)
        {
            script.Write("a word");
            await Eventually.Happens(() => stream.Passage.Length > 0, "the text arrives");
        }

        await stream.StopAsync();

        await reading.WaitAsync(Eventually.Limit);
        Assert.That(events[^1], Is.InstanceOf<StoppedEvent>().With.Property(nameof(StoppedEvent.Reason)).EqualTo("requested"));
    }

    [Test]
    public async Task Stop_WhileTheConnectionIsLost_EndsTheStream()
    {
        await using var server = RunningServer.Start(_source);
        await using var network = new FaultyNetwork(server.Address, (number, _) => number == 0
            ? new NetworkConditions { Fault = new NetworkFault(NetworkFaultKind.Reset, 900) }
            : NetworkConditions.None);
        using var http = new HttpClient { BaseAddress = network.Address };
        var stream = new TextStreamClient(http, new TextStreamOptions { BaseDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(2) })
            .Start(new { source = ScriptedGenerator.Name, onDisconnect = "continue" });
        var waits = new TaskCompletionSource();
        stream.Reconnecting = (_, _) => waits.TrySetResult();
        var reading = ReadAsync(stream);
        var script = await _source.NextAsync();
        script.Write(Enumerable.Repeat("a word ", 40));
        await waits.Task.WaitAsync(Eventually.Limit);

        await stream.StopAsync();

        var events = await reading.WaitAsync(Eventually.Limit);
        Assert.That(events[^1], Is.InstanceOf<StoppedEvent>());
        Assert.That(stream.Passage, Is.EqualTo(string.Concat(Enumerable.Repeat("a word ", 40))));
    }

    [Test]
    public async Task LeavingTheLoop_ClosesTheConnection()
    {
        await using var server = RunningServer.Start(_source);
        var stream = new TextStreamClient(server.Client).Start(new { source = ScriptedGenerator.Name, onDisconnect = "continue" });
        await foreach (var item in stream)
        {
            Assert.That(item, Is.InstanceOf<StartedEvent>());
            break;
        }

        await Eventually.Happens(() => server.Subscriptions == 0, "the server has no viewer");
        Assert.That(server.Generations, Is.EqualTo(1));
        Assert.That(() => stream.GetAsyncEnumerator().MoveNextAsync().AsTask(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Cancellation_EndsTheRead()
    {
        await using var server = RunningServer.Start(_source);
        using var cancellation = new CancellationTokenSource();
        var stream = new TextStreamClient(server.Client).Start(new { source = ScriptedGenerator.Name });
        var reading = ReadAsync(stream, [], cancellation.Token);
        await Eventually.Happens(() => stream.StreamId is not null, "the stream begins");

        await cancellation.CancelAsync();

        Assert.That(() => reading, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.Happens(() => server.Subscriptions == 0, "the server has no viewer");
    }

    [Test]
    public async Task Refusal_HasTheProblem()
    {
        await using var server = RunningServer.Start();
        var client = new TextStreamClient(server.Client, Fast);

        var invalid = await Assert.ThrowsAsync<TextStreamHttpException>(() => ReadAsync(client.Start(new { source = "lorem", words = -1 })));
        var unknown = await Assert.ThrowsAsync<TextStreamHttpException>(() => ReadAsync(client.Open("AAAAAAAAAAAAAAAAAAAAAA")));

        Assert.That(invalid!.Problem!.Errors, Contains.Key("words"));
        Assert.That((int)unknown!.StatusCode, Is.EqualTo(404));
        Assert.That(() => client.StopAsync("AAAAAAAAAAAAAAAAAAAAAA"), Throws.InstanceOf<TextStreamHttpException>());
        Assert.That(() => client.ReadTextAsync("AAAAAAAAAAAAAAAAAAAAAA"), Throws.InstanceOf<TextStreamHttpException>());
    }

    private static Task<List<TextStreamEvent>> ReadAsync(TextStream stream) => ReadAsync(stream, []);

    private static async Task<List<TextStreamEvent>> ReadAsync(TextStream stream, List<TextStreamEvent> events, CancellationToken cancellationToken = default)
    {
        await foreach (var item in stream.WithCancellation(cancellationToken))
            events.Add(item);
        return events;
    }
}
