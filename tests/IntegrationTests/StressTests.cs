using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using SseStreaming.Application;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>
/// One writer, and 200 viewers that begin at random positions, drop and reconnect at random times: each viewer gets every event once, in
/// order, and the same terminal event. The seed that NUnit prints reproduces the random choices, but not the scheduling.
/// </summary>
internal sealed class StressTests
{
    private const int Viewers = 200;
    private const int Segments = 5000;

    private static readonly Caller TestCaller = new(Subject: null, Client: "a test");

    /// <summary>Time limit of all rounds of one test; further rounds are skipped.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);

    public enum Ending
    {
        Completed,
        Stopped,
        Failed,
    }

    [Test]
    public async Task EveryViewer_OfTheService_SeesEveryEventOnceInOrder_AndTheSameEnd([Values] Ending ending)
    {
        var random = new Random(TestContext.CurrentContext.Random.Next());
        var rounds = 0;
        for (var clock = Stopwatch.StartNew(); rounds < 10 && clock.Elapsed < Budget; rounds++)
        {
            var writer = new Writer(random.Next(), Segments, ending);
            await using var server = RunningServer.Start(new CallbackGenerator("writer", writer.WriteAsync));
            var streams = server.Streams;
            (await streams.StartAsync(TestCaller, new StartRequest { Source = "writer", OnDisconnect = OnDisconnect.Continue }, CancellationToken.None))
                .Try(out var started, out _);
            var streamId = started!.State.Id;

            var viewers = Enumerable.Range(0, Viewers).Select(_ => new Random(random.Next()))
                .Select(own => Task.Run(() => ViewAsync(streams, streamId, own))).ToList();
            if (ending is Ending.Stopped)
            {
                await writer.Half.WaitAsync(Eventually.Limit);
                await streams.StopAsync(TestCaller, streamId, CancellationToken.None);
            }
            var ends = await Task.WhenAll(viewers).WaitAsync(Eventually.Limit);

            Assert.That(ends.Distinct().Count(), Is.EqualTo(1), "all viewers got the same last event");
            Assert.That(ends[0].Kind.ToString(), Is.EqualTo(ending.ToString()));
            var state = await server.StateAsync(streamId);
            Assert.That(state.LastEventId.Sequence, Is.EqualTo(ends[0].Sequence), "no event is stored after it");
            Assert.That(state.Viewers, Is.Zero);
            if (ending is Ending.Completed)
                Assert.That(state.Segments, Is.EqualTo(Segments));
            Assert.That(server.Subscriptions, Is.Zero);
        }
        await TestContext.Out.WriteLineAsync($"{ending}: {rounds} rounds of {Viewers} viewers.");
    }

    [Test]
    public async Task EveryViewer_OnASocket_SeesEveryEventOnceInOrder_AndTheSameEnd([Values] Ending ending)
    {
        var random = new Random(TestContext.CurrentContext.Random.Next());
        var writer = new Writer(random.Next(), Segments / 2, ending);
        await using var server = RunningServer.Start(
            new Dictionary<string, string> { ["Sse:Heartbeat"] = "01:00:00" }, [new CallbackGenerator("writer", writer.WriteAsync)]);
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"writer","onDisconnect":"continue"}"""));
        var streamId = Ask.StartedBy(response);

        async Task<(EventKind Kind, long Sequence)> StopAsync()
        {
            await writer.Half.WaitAsync(Eventually.Limit);
            await server.Client.DeleteAsync(new Uri($"/streams/{streamId}", UriKind.Relative));
            return await ViewAsync(server, streamId, random);
        }

        var ends = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ => ViewAsync(server, streamId, new Random(random.Next())))
            .Concat(ending is Ending.Stopped ? [StopAsync()] : [])).WaitAsync(Eventually.Limit);

        Assert.That(ends.Distinct().Count(), Is.EqualTo(1), "all viewers got the same last event");
        Assert.That(ends[0].Kind.ToString(), Is.EqualTo(ending.ToString()));
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Viewers == 0, "no viewer is counted");
        await Eventually.Happens(() => server.Subscriptions == 0, "no subscription is left");
        Assert.That(server.Log.Lines.Where(line => line.Exception is not null && ending is not Ending.Failed), Is.Empty);
    }

    [Test]
    public async Task Viewers_OfThousandsOfShortStreams_AllSeeTheEnd()
    {
        // A lost signal has an effect only if no other signal follows, so these streams end after a few events.
        await using var server = RunningServer.Start(new CallbackGenerator("short", Short));
        var streams = server.Streams;
        var request = new StartRequest { Source = "short", OnDisconnect = OnDisconnect.Continue };

        await Parallel.ForEachAsync(Enumerable.Range(0, 4000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, cancellationToken) =>
        {
            (await streams.StartViewingAsync(TestCaller, request, cancellationToken)).Try(out var first, out var _);
            var viewers = new List<StreamViewer> { first! };
            for (var i = 0; i < 3; i++)
            {
                (await streams.ViewAsync(TestCaller, first!.StreamId, 0, cancellationToken)).Try(out var viewer, out var _);
                viewers.Add(viewer!);
            }
            var ends = await Task.WhenAll(viewers.Select(viewer => Task.Run(() => ReadToEndAsync(viewer), cancellationToken)));
            Assert.That(ends.Distinct().Count(), Is.EqualTo(1));
        }).WaitAsync(Eventually.Limit);

        Assert.That(server.Subscriptions, Is.Zero);
        await Eventually.Happens(() => server.Generations == 0, "no generation is left");
    }

    private static async Task<long> ReadToEndAsync(StreamViewer viewer)
    {
        using (viewer)
        {
            var after = 0L;
            await foreach (var batch in viewer.ReadAsync(TimeSpan.FromHours(1), CancellationToken.None))
            {
                Assert.That(batch.First, Is.EqualTo(after + 1));
                after = batch.Last;
                if (batch.EndsStream)
                    return after;
            }
        }
        throw new AssertionException("No terminal event was received.");
    }

    private static async IAsyncEnumerable<GeneratedText> Short([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var left = Random.Shared.Next(1, 5); left > 0; left--)
        {
            yield return "word ";
            await Task.Yield();
        }
    }

    /// <summary>Views the stream to its end; returns the terminal event.</summary>
    private static async Task<(EventKind Kind, long Sequence)> ViewAsync(ITextStreamService streams, StreamId streamId, Random random)
    {
        (await streams.GetStateAsync(TestCaller, streamId, CancellationToken.None)).Try(out var state, out _);
        var after = random.NextInt64(0, state!.LastEventId.Sequence + 1);
        (EventKind Kind, long Sequence)? end = null;
        while (true)
        {
            using var drop = new CancellationTokenSource();
            if (!(await streams.ViewAsync(TestCaller, streamId, after, CancellationToken.None)).Try(out var viewer, out var refusal))
            {
                // The view is refused only after the terminal event.
                Assert.That(refusal.Reason, Is.EqualTo(RefusalReason.Ended));
                return end ?? (state.LastEventId.Sequence == after ? await EndOfAsync(streams, streamId, after) : throw new AssertionException("The terminal event was missed."));
            }
            using (viewer)
            {
                var batches = random.Next(1, 40);
                var dropsInAWait = random.Next(4) == 0;
                // With a long idle time only the signal wakes the viewer, so a lost signal would let it wait until the test fails.
                var idle = random.Next(2) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 20)) : TimeSpan.FromHours(1);
                await foreach (var batch in viewer.ReadAsync(idle, drop.Token))
                {
                    after = Check(batch, after);
                    if (batch.EndsStream)
                    {
                        Assert.That(end, Is.Null, "there is one terminal event");
                        end = (batch[batch.Count - 1].Kind, batch.Last);
                    }
                    else if (batches-- == 0)
                    {
                        if (!dropsInAWait)
                            break;
                        drop.CancelAfter(random.Next(0, 3));
                    }
                }
            }
        }
    }

    /// <summary>The same over HTTP; a drop closes the response.</summary>
    private static async Task<(EventKind Kind, long Sequence)> ViewAsync(RunningServer server, StreamId streamId, Random random)
    {
        var after = random.NextInt64(0, (await server.StateAsync(streamId)).LastEventId.Sequence);
        while (true)
        {
            await using var viewer = await SseViewer.OpenAsync(server, $"/streams/{streamId}/events", after == 0 ? null : $"{streamId}.{after}");
            for (var left = random.Next(1, 1500); left > 0; left--)
            {
                var item = await viewer.ExpectAsync();
                Assert.That(Ask.IdOf(item), Is.EqualTo(new EventId(streamId, ++after)));
                if (Ask.IsSegment(item))
                    Assert.That(item.Data, Is.EqualTo(Writer.SegmentOf(after)));
                if (Ask.IsTerminal(item))
                {
                    Assert.That(Ask.IsSentinel(await viewer.ExpectAsync()), Is.True);
                    Assert.That(await viewer.NextAsync(), Is.Null);
                    return (Enum.Parse<EventKind>(item.EventType, ignoreCase: true), after);
                }
            }
        }
    }

    /// <summary>Checks the sequence numbers and the data of a batch; returns the last sequence number.</summary>
    private static long Check(EventBatch batch, long after)
    {
        if (batch.IsEmpty)
            return after;
        if (batch.First != after + 1)
            Assert.Fail($"Event {after} is followed by event {batch.First}.");
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            var sequence = batch.First + i;
            var expected = sequence == 1 ? EventKind.Started : EventKind.Segment;
            if (i == batch.Count - 1 && item.IsTerminal)
                continue;
            if (item.Kind != expected || (expected is EventKind.Segment && !item.Data.Span.SequenceEqual(Encoding.UTF8.GetBytes(Writer.SegmentOf(sequence)))))
                Assert.Fail($"Event {sequence} is {item.Kind}, {Encoding.UTF8.GetString(item.Data.Span)}.");
        }
        return batch.Last;
    }

    private static async Task<(EventKind Kind, long Sequence)> EndOfAsync(ITextStreamService streams, StreamId streamId, long sequence)
    {
        (await streams.ViewAsync(TestCaller, streamId, sequence - 1, CancellationToken.None)).Try(out var viewer, out _);
        using (viewer)
        {
            await foreach (var batch in viewer!.ReadAsync(TimeSpan.FromSeconds(1), CancellationToken.None))
                return (batch[0].Kind, batch.Last);
        }
        throw new AssertionException("The stream has no terminal event.");
    }

    /// <summary>Writes at an uneven pace: bursts, single words, pauses.</summary>
    private sealed class Writer(int seed, int segments, Ending ending)
    {
        private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when half of the segments are written.</summary>
        public Task Half => _half.Task;

        public static string SegmentOf(long sequence) => string.Create(CultureInfo.InvariantCulture, $"word {sequence} ");

        public async IAsyncEnumerable<GeneratedText> WriteAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var random = new Random(seed);
            var left = 0;
            for (var i = 0; i < segments; i++)
            {
                if (i == segments / 2)
                    _half.TrySetResult();
                if (i == segments * 3 / 4 && ending is Ending.Failed)
                    throw new InvalidOperationException("The writer fails.");
                // The first segment is event 2.
                yield return SegmentOf(i + 2);
                if (left-- > 0)
                    continue;
                left = random.Next(8) == 0 ? random.Next(1000) : random.Next(10);
                if (random.Next(3) == 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 4)), TimeProvider.System, cancellationToken);
                else
                    await Task.Yield();
            }
            if (ending is Ending.Stopped)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }
}
