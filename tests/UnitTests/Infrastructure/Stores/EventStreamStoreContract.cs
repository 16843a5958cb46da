using System.Text;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Support;

namespace SseStreaming.UnitTests.Infrastructure.Stores;

/// <summary>What every store does. A fixture for a store derives from this, and adds only what is that store's own.</summary>
internal abstract class EventStreamStoreContract
{
    private static readonly StreamEvent Started = Json(EventKind.Started);
    private static readonly StreamEvent Completed = Json(EventKind.Completed);

    /// <summary>A new and empty store.</summary>
    public abstract IEventStreamStore CreateStore(StreamsOptions options, TimeProvider time);

    protected StreamsOptions Options { get; } = new();

    protected FakeTimeProvider Time { get; } = new();

    protected IEventStreamStore Store => field ??= CreateStore(Options, Time);

    [Test]
    public async Task Create_OpensAStreamWithItsFirstEvent()
    {
        var head = new StreamHead(StreamId.New(), "lorem", new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero));

        var result = await Store.CreateAsync(head, EventBatch.Of(head.Id, 1, Started), CancellationToken.None);

        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        Assert.That(await FindAsync(head.Id), Is.EqualTo(new StreamRecord(head, new StreamExtent(1, 1, false), null, 0, 0)));
        Assert.That(await ReadAllAsync(head.Id), Is.EqualTo(new[] { "started {}" }));
    }

    [Test]
    public async Task Read_AfterAnyPosition_GivesTheVeryNextEvents()
    {
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Segment("a"), Segment("b"));
        await AppendAsync(stream, 4, Segment("c"), Completed);

        for (var after = 0; after < 5; after++)
        {
            var batch = (await Store.ReadAsync(stream, after, CancellationToken.None))!.Value;
            Assert.That((batch.Stream, batch.First), Is.EqualTo((stream, after + 1L)));
            Assert.That(await ReadAllAsync(stream, after), Is.EqualTo(new[] { "started {}", "a", "b", "c", "completed {}" }[after..]));
        }
    }

    [TestCase(3, Description = "the last event")]
    [TestCase(4, Description = "beyond it")]
    [TestCase(1_000_000)]
    public async Task Read_WhereNothingIsYet_GivesAnEmptyBatch(long after)
    {
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Segment("a"), Segment("b"));

        Assert.That((await Store.ReadAsync(stream, after, CancellationToken.None))!.Value.IsEmpty, Is.True);
    }

    [Test]
    public async Task Read_AfterTheTerminalEvent_GivesAnEmptyBatch()
    {
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Completed);

        Assert.That((await Store.ReadAsync(stream, 2, CancellationToken.None))!.Value.IsEmpty, Is.True);
    }

    [Test]
    public async Task Read_OfAnUnknownStream_GivesNull()
    {
        Assert.That(await Store.ReadAsync(StreamId.New(), 0, CancellationToken.None), Is.Null);
        Assert.That(await Store.FindAsync(StreamId.New(), CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Find_TellsExtentAndCountsAsTheyGrow()
    {
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Segment("é😀"), Segment(""));
        var open = await FindAsync(stream);
        await AppendAsync(stream, 4, Segment("\r\n"), Json(EventKind.Failed));
        var closed = await FindAsync(stream);

        Assert.That((open!.Extent, open.Ending, open.Segments, open.Characters),
            Is.EqualTo((new StreamExtent(1, 3, false), (EventKind?)null, 2L, 3L)));
        Assert.That((closed!.Extent, closed.Ending, closed.Segments, closed.Characters),
            Is.EqualTo((new StreamExtent(1, 5, true), (EventKind?)EventKind.Failed, 3L, 5L)));
    }

    [TestCase(EventKind.Completed)]
    [TestCase(EventKind.Stopped)]
    [TestCase(EventKind.Failed)]
    public async Task Append_ToAClosedStream_IsRefused(EventKind ending)
    {
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Json(ending));

        Assert.That(await Store.AppendAsync(EventBatch.Of(stream, 3, Segment("late")), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await Store.AppendAsync(EventBatch.Of(stream, 3, Completed), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That((await FindAsync(stream))!.Ending, Is.EqualTo(ending));
        Assert.That(await ReadAllAsync(stream), Has.Count.EqualTo(2));
    }

    [TestCase(1, Description = "a second first event")]
    [TestCase(2, Description = "in place of the last event")]
    [TestCase(4, Description = "a gap")]
    [TestCase(1_000)]
    public async Task Append_AnywhereButRightAfterTheLastEvent_IsRefused(long first)
    {
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Segment("a"));

        Assert.That(await Store.AppendAsync(EventBatch.Of(stream, first, Segment("b")), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await ReadAllAsync(stream), Is.EqualTo(new[] { "started {}", "a" }));
    }

    [Test]
    public async Task Append_ToAnUnknownStream_IsRefused() =>
        Assert.That(await Store.AppendAsync(EventBatch.Of(StreamId.New(), 2, Segment("a")), CancellationToken.None), Is.EqualTo(AppendResult.Refused));

    [Test]
    public async Task Append_OfTheSameEventsByTwoWriters_IsDoneOnce()
    {
        for (var round = 0; round < 50; round++)
        {
            var stream = await CreateAsync();

            var results = await Task.WhenAll(Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
                await Store.AppendAsync(EventBatch.Of(stream, 2, Segment($"writer {writer}"), Completed), CancellationToken.None)))).Soon();

            Assert.That(results, Is.EquivalentTo(new[] { AppendResult.Appended, AppendResult.Refused }));
            Assert.That(await ReadAllAsync(stream), Has.Count.EqualTo(3));
        }
    }

    [Test]
    public async Task Append_OfAPageThatIsReusedAfterwards_KeepsWhatWasInIt()
    {
        var stream = await CreateAsync();
        var page = new EventPage(stream, 2);
        foreach (var text in (string[])["first", "second", "third"])
        {
            page.AddSegment(text);
            var batch = page.All;
            await Store.AppendAsync(batch, CancellationToken.None);
            page.Reset(batch.Last + 1);
        }

        Assert.That(await ReadAllAsync(stream), Is.EqualTo(new[] { "started {}", "first", "second", "third" }));
    }

    [Test]
    public async Task Events_OfAnyTextComeBackEqual()
    {
        string[] texts = ["", " ", "\0", "\uFEFF", "a\rb\nc\r\n", "'; DROP TABLE events; --", "😀", "\uFFFD", "\u2028", new('x', 1_000_000), ""];
        var stream = await CreateAsync();

        await AppendAsync(stream, 2, [.. texts.Select(Segment)]);

        Assert.That(await ReadAllAsync(stream, after: 1), Is.EqualTo(texts));
        Assert.That((await FindAsync(stream))!.Characters, Is.EqualTo(texts.Sum(text => text.Length)));
    }

    [Test]
    public async Task Frames_ComeBackAsTheyWere()
    {
        var stream = await CreateAsync();
        var batch = EventBatch.Of(stream, 2, Segment("a\r\n b"), Segment(""), Completed);
        var frames = batch.Frames.ToArray();
        await Store.AppendAsync(batch, CancellationToken.None);

        var read = new List<byte>();
        for (var after = 1L; after < 4;)
        {
            var part = (await Store.ReadAsync(stream, after, CancellationToken.None))!.Value;
            read.AddRange(part.Frames.Span);
            after = part.Last;
        }

        Assert.That(read, Is.EqualTo(frames));
    }

    [Test]
    public async Task Stream_OfAHundredThousandEvents_IsReadFromAnyPosition()
    {
        const int segments = 100_000;
        var stream = await CreateAsync();
        for (var first = 2; first <= segments + 1; first += 250)
            await AppendAsync(stream, first, [.. Enumerable.Range(first, 250).Select(sequence => Segment($"{sequence} "))]);
        await AppendAsync(stream, segments + 2, Completed);

        Assert.That(await ReadAllAsync(stream, after: 1), Is.EqualTo(Enumerable.Range(2, segments).Select(sequence => $"{sequence} ").Append("completed {}")));
        var random = new Random(11);
        for (var i = 0; i < 1_000; i++)
        {
            var after = random.Next(1, segments);
            var batch = (await Store.ReadAsync(stream, after, CancellationToken.None))!.Value;
            Assert.That((batch.First, TextOf(batch[0])), Is.EqualTo((after + 1L, $"{after + 1} ")));
        }
    }

    [Test]
    public async Task Streams_WrittenAndReadAtOnce_KeepEveryEventOnceAndInOrder()
    {
        const int streams = 20;
        const int events = 300;

        await Task.WhenAll(Enumerable.Range(0, streams).Select(number => Task.Run(async () =>
        {
            var stream = await CreateAsync();
            var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => FollowAsync(stream))).ToList();
            var random = new Random(number);
            for (var sequence = 2; sequence < events;)
            {
                var count = Math.Min(random.Next(1, 20), events - sequence);
                await AppendAsync(stream, sequence, [.. Enumerable.Range(sequence, count).Select(i => Segment($"{number}:{i}"))]);
                sequence += count;
                await Task.Yield();
            }
            await AppendAsync(stream, events, Completed);

            var expected = Enumerable.Range(2, events - 2).Select(i => $"{number}:{i}").Prepend("started {}").Append("completed {}").ToList();
            foreach (var reader in readers)
                Assert.That(await reader, Is.EqualTo(expected));
        }))).Soon();
    }

    [Test]
    public async Task Create_WithAKeyThatExists_GivesTheStreamThatHasIt()
    {
        var first = Head("key", "digest");
        await CreateAsync(first);

        var result = await Store.CreateAsync(Head("key", "another digest"), EventBatch.Of(StreamId.New(), 1, Started), CancellationToken.None);

        Assert.That(result, Is.EqualTo(new CreateResult(CreateOutcome.Exists, first)));
    }

    [Test]
    public async Task Create_WithAKeyThatExists_CreatesNothing()
    {
        await CreateAsync(Head("key", "digest"));
        var second = Head("key", "digest");

        await Store.CreateAsync(second, EventBatch.Of(second.Id, 1, Started), CancellationToken.None);

        Assert.That(await FindAsync(second.Id), Is.Null);
    }

    [Test]
    public async Task Create_WithAnotherKey_CreatesAnother()
    {
        await CreateAsync(Head("key", "digest"));

        await CreateAsync(Head("KEY", "digest"));
        await CreateAsync(Head("key ", "digest"));
    }

    [Test]
    public async Task Create_WithTheSameKeyAtOnce_CreatesOneStream()
    {
        for (var round = 0; round < 20; round++)
        {
            var key = $"key {round}";
            var heads = Enumerable.Range(0, 8).Select(_ => Head(key, "digest")).ToList();

            var results = await Task.WhenAll(heads.Select(head => Task.Run(async () =>
                await Store.CreateAsync(head, EventBatch.Of(head.Id, 1, Started), CancellationToken.None)))).Soon();

            var created = heads[Array.FindIndex(results, result => result.Outcome is CreateOutcome.Created)];
            Assert.That(results.Count(result => result.Outcome is CreateOutcome.Created), Is.EqualTo(1));
            Assert.That(results.Where(result => result.Outcome is CreateOutcome.Exists).Select(result => result.Existing), Is.All.EqualTo(created));
        }
    }

    [Test]
    public async Task DropExpired_DropsClosedStreamsWhoseRetentionHasRunOut()
    {
        var old = await CreateAsync();
        var young = await CreateAsync();
        var open = await CreateAsync();
        await AppendAsync(old, 2, Completed);
        Time.Advance(Options.Retention / 2);
        await AppendAsync(young, 2, Completed);

        Time.Advance((Options.Retention / 2) - TimeSpan.FromSeconds(1));
        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.Zero);
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(1));

        Assert.That(await FindAsync(old), Is.Null);
        Assert.That(await Store.ReadAsync(old, 0, CancellationToken.None), Is.Null);
        Assert.That(await Store.AppendAsync(EventBatch.Of(old, 3, Segment("late")), CancellationToken.None), Is.EqualTo(AppendResult.Refused));
        Assert.That(await FindAsync(young), Is.Not.Null);
        Assert.That(await FindAsync(open), Is.Not.Null);
    }

    [Test]
    public async Task DropExpired_NeverDropsAnOpenStream()
    {
        var stream = await CreateAsync();

        Time.Advance(Options.Retention * 100);

        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.Zero);
        await AppendAsync(stream, 2, Segment("still here"));
    }

    [Test]
    public async Task DropExpired_FreesIdempotencyKeys()
    {
        var first = Head("key", "digest");
        await CreateAsync(first);
        await AppendAsync(first.Id, 2, Completed);
        Time.Advance(Options.Retention + TimeSpan.FromSeconds(1));
        await Store.DropExpiredAsync(CancellationToken.None);

        await CreateAsync(Head("key", "another digest"));
    }

    [Test]
    public async Task Create_WithAsManyStreamsAsAllowedAllOpen_IsFull()
    {
        Options.MaxStreams = 3;
        for (var i = 0; i < 3; i++)
            await CreateAsync();
        var head = Head();

        Assert.That((await Store.CreateAsync(head, EventBatch.Of(head.Id, 1, Started), CancellationToken.None)).Outcome, Is.EqualTo(CreateOutcome.Full));
        Assert.That(await FindAsync(head.Id), Is.Null);
    }

    [Test]
    public async Task Create_WithAsManyStreamsAsAllowed_DropsTheOneThatWasClosedFirst()
    {
        Options.MaxStreams = 3;
        var streams = new[] { await CreateAsync(), await CreateAsync(), await CreateAsync() };
        await AppendAsync(streams[1], 2, Completed);
        Time.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync(streams[0], 2, Completed);

        await CreateAsync();
        Assert.That(await FindAsync(streams[1]), Is.Null);
        Assert.That(await FindAsync(streams[0]), Is.Not.Null);
        await CreateAsync();

        Assert.That(await FindAsync(streams[0]), Is.Null);
        Assert.That(await FindAsync(streams[2]), Is.Not.Null, "it is open");
    }

    [Test]
    public async Task Create_WithAKeyThatExistsInAFullStore_StillGivesTheStreamThatHasIt()
    {
        Options.MaxStreams = 1;
        var first = Head("key", "digest");
        await CreateAsync(first);
        await AppendAsync(first.Id, 2, Completed);
        var retry = Head("key", "digest");

        var result = await Store.CreateAsync(retry, EventBatch.Of(retry.Id, 1, Started), CancellationToken.None);

        Assert.That(result, Is.EqualTo(new CreateResult(CreateOutcome.Exists, first)));
    }

    protected static StreamHead Head(string? key = null, string digest = "") => new(StreamId.New(), "test", DateTimeOffset.UnixEpoch)
    {
        Idempotency = key is null ? null : new Idempotency(key, digest),
    };

    protected static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));

    protected static StreamEvent Json(EventKind kind) => new(kind, "{}"u8.ToArray());

    protected async Task<StreamId> CreateAsync(StreamHead? head = null)
    {
        head ??= Head();
        var result = await Store.CreateAsync(head, EventBatch.Of(head.Id, 1, Started), CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head.Id;
    }

    protected async Task AppendAsync(StreamId stream, long first, params StreamEvent[] events) =>
        Assert.That(await Store.AppendAsync(EventBatch.Of(stream, first, events), CancellationToken.None), Is.EqualTo(AppendResult.Appended));

    protected async Task<StreamRecord?> FindAsync(StreamId stream) => await Store.FindAsync(stream, CancellationToken.None);

    /// <summary>All that there is after a position, read as a viewer does: page by page.</summary>
    protected async Task<List<string>> ReadAllAsync(StreamId stream, long after = 0)
    {
        var texts = new List<string>();
        while (await Store.ReadAsync(stream, after, CancellationToken.None) is { IsEmpty: false } batch)
        {
            Take(batch, texts, ref after);
        }
        return texts;
    }

    private async Task<List<string>> FollowAsync(StreamId stream)
    {
        var texts = new List<string>();
        var after = 0L;
        while (true)
        {
            var batch = (await Store.ReadAsync(stream, after, CancellationToken.None))!.Value;
            if (batch.IsEmpty)
            {
                await Task.Yield();
                continue;
            }
            Take(batch, texts, ref after);
            if (batch.EndsStream)
                return texts;
        }
    }

    private static void Take(EventBatch batch, List<string> texts, ref long after)
    {
        Assert.That(batch.First, Is.EqualTo(after + 1));
        for (var i = 0; i < batch.Count; i++)
            texts.Add(batch[i].Kind is EventKind.Segment ? TextOf(batch[i]) : $"{Encoding.ASCII.GetString(EventFrame.NameOf(batch[i].Kind))} {TextOf(batch[i])}");
        after = batch.Last;
    }

    private static string TextOf(StreamEvent item) => Encoding.UTF8.GetString(item.Data.Span);
}
