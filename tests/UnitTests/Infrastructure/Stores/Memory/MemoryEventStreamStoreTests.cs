using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Infrastructure.Stores.Memory;

/// <summary>The size of this store, and concurrent use. The contract of all stores is tested with them.</summary>
internal sealed class MemoryEventStreamStoreTests
{
    private const int Most = 256 * 1024;

    private static readonly StreamEvent Started = new(EventKind.Started, "{}"u8.ToArray());
    private static readonly StreamEvent Completed = new(EventKind.Completed, "{}"u8.ToArray());

    private readonly StreamsOptions _options = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryEventStreamStore _store;

    public MemoryEventStreamStoreTests() => _store = new MemoryEventStreamStore(Options.Create(_options), _time);

    [Test]
    public async Task MaxTotalBytes_CountsTheText()
    {
        const int characters = 100_000;
        _options.MaxTotalBytes = 10 * characters;

        Assert.That(await CountAppendsUntilFullAsync(await CreateAsync(), new string('x', characters)), Is.InRange(2, 10));
    }

    [Test]
    public async Task MaxTotalBytes_CountsAFewHundredBytesForATinyStream()
    {
        _options.MaxTotalBytes = 100 * 2_048;

        for (var i = 0; i < 100; i++)
            await CreateAsync();
    }

    [Test]
    public async Task DropExpired_FreesAllBytesAndKeys()
    {
        _options.MaxTotalBytes = 64 * Most;
        var capacity = await MeasureCapacityAsync();
        for (var i = 0; i < 20; i++)
        {
            var streamId = await CreateAsync($"key {i}");
            for (var sequence = 2; sequence < 200; sequence++)
                await AppendAsync(streamId, sequence, Segment(new string('x', sequence * 3)));
            await _store.TrimAsync(streamId, i * 10, CancellationToken.None);
            await AppendAsync(streamId, 200, Completed);
        }

        _time.Advance(_options.Retention);

        Assert.That(await _store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(20));
        Assert.That(await MeasureCapacityAsync(), Is.EqualTo(capacity));
        for (var i = 0; i < 20; i++)
            await CreateAsync($"key {i}");
    }

    [Test]
    public async Task Append_AboveTheTotal_DropsTheStreamThatWasClosedFirst()
    {
        _options.MaxTotalBytes = Most;
        var (first, second, writing) = (await CreateAsync(), await CreateAsync(), await CreateAsync());
        await AppendAsync(second, 2, Segment(new string('x', 20_000)), Completed);
        await AppendAsync(first, 2, Segment(new string('x', 20_000)), Completed);

        var sequence = 2;
        while (await FindAsync(second) is not null)
            await AppendAsync(writing, sequence++, Segment(new string('x', 1_000)));
        Assert.That(await FindAsync(first), Is.Not.Null);
        while (await FindAsync(first) is not null)
            await AppendAsync(writing, sequence++, Segment(new string('x', 1_000)));

        Assert.That((await FindAsync(writing))!.Segments, Is.EqualTo(sequence - 2));
    }

    [Test]
    public async Task Create_AboveTheTotalOfOpenStreams_IsFull()
    {
        _options.MaxTotalBytes = Most;
        var streamId = await CreateAsync();
        await AppendAsync(streamId, 2, Segment(new string('x', Most)));
        var head = Head();

        var result = await _store.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None);

        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Full));
    }

    [Test]
    public async Task Create_AboveTheTotal_DropsClosedStreams()
    {
        _options.MaxTotalBytes = Most;
        var streamId = await CreateAsync();
        await AppendAsync(streamId, 2, Segment(new string('x', Most)), Completed);

        var next = await CreateAsync();

        Assert.That(await FindAsync(streamId), Is.Null);
        await AppendAsync(next, 2, Segment("its bytes are free"));
    }

    [Test]
    public async Task Append_OfAPageThatIsReusedAfterwards_KeepsItsEvents()
    {
        var streamId = await CreateAsync();
        var page = new EventPage(streamId, 2);
        foreach (var text in (string[])["first", "second", "third"])
        {
            page.AddSegment(text);
            var batch = page.All;
            await _store.AppendAsync(batch, CancellationToken.None);
            page.Reset(streamId, batch.Last + 1);
        }

        Assert.That(await ReadTextAsync(streamId), Is.EqualTo("{}firstsecondthird"));
    }

    [Test]
    public async Task Append_OfDifferentEventsByTwoWriters_AcceptsOne()
    {
        for (var round = 0; round < 200; round++)
        {
            var streamId = await CreateAsync();

            var results = await Task.WhenAll(Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
                await _store.AppendAsync(EventBatch.Create(streamId, 2, Segment($"writer {writer}"), Completed), CancellationToken.None)))).Soon();

            Assert.That(results, Is.EquivalentTo(new[] { AppendResult.Appended, AppendResult.Refused }));
            Assert.That((await FindAsync(streamId))!.Extent.Last, Is.EqualTo(3));
        }
    }

    [Test]
    public async Task Read_FromRandomPositionsOfALongStream_ReturnsTheNextEvent()
    {
        const int segments = 100_000;
        var streamId = await CreateAsync();
        for (var first = 2; first <= segments + 1; first += 250)
            await AppendAsync(streamId, first, [.. Enumerable.Range(first, 250).Select(sequence => Segment($"{sequence} "))]);
        var random = new Random(11);

        for (var i = 0; i < 5_000; i++)
        {
            var after = random.Next(1, segments);
            var batch = (await _store.ReadAsync(streamId, after, CancellationToken.None))!.Value;
            Assert.That((batch.First, Encoding.UTF8.GetString(batch[0].Data.Span)), Is.EqualTo((after + 1L, $"{after + 1} ")));
        }
    }

    [Test]
    public async Task Trim_DropsOnlyEventsBeforeThePosition()
    {
        var streamId = await CreateAsync();
        for (var sequence = 2; sequence <= 2_000; sequence++)
            await AppendAsync(streamId, sequence, Segment($"{sequence} of some length "));

        await _store.TrimAsync(streamId, 1_500, CancellationToken.None);

        var extent = (await FindAsync(streamId))!.Extent;
        Assert.That(extent.First, Is.InRange(1_000, 1_500));
        Assert.That(extent.Last, Is.EqualTo(2_000));
        Assert.That(await _store.ReadAsync(streamId, extent.First - 2, CancellationToken.None), Is.Null);
        Assert.That((await _store.ReadAsync(streamId, extent.First - 1, CancellationToken.None))!.Value.First, Is.EqualTo(extent.First));
    }

    [Test]
    public async Task Trim_FreesTheBytesOfWhatItDrops()
    {
        _options.MaxTotalBytes = Most;
        var streamId = await CreateAsync();
        var text = new string('x', 1_000);
        var last = 1 + await CountAppendsUntilFullAsync(streamId, text);

        await _store.TrimAsync(streamId, last / 2, CancellationToken.None);

        Assert.That(await CountAppendsUntilFullAsync(streamId, text, last + 1), Is.GreaterThan(last / 4));
    }

    [Test]
    public async Task Trim_OfEverything_KeepsTheLastEvent()
    {
        var streamId = await CreateAsync();
        for (var sequence = 2; sequence <= 2_000; sequence++)
            await AppendAsync(streamId, sequence, Segment($"{sequence} of some length "));

        await _store.TrimAsync(streamId, 1_000_000, CancellationToken.None);

        Assert.That((await _store.ReadAsync(streamId, 1_999, CancellationToken.None))!.Value.Count, Is.EqualTo(1));
        await AppendAsync(streamId, 2_001, Completed);
    }

    [Test]
    public async Task Readers_DuringATrim_SeeEventsInOrderOrLearnThatTheyWereDropped()
    {
        const int events = 20_000;
        var streamId = await CreateAsync();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var after = 0L;
            while (true)
            {
                if (await _store.ReadAsync(streamId, after, CancellationToken.None) is not { } batch)
                {
                    after = (await FindAsync(streamId))!.Extent.First - 1;
                    continue;
                }
                if (batch.IsEmpty)
                    continue;
                Assert.That(batch.First, Is.EqualTo(after + 1));
                for (var i = 0; i < batch.Count && batch[i].Kind is EventKind.Segment; i++)
                    Assert.That(Encoding.UTF8.GetString(batch[i].Data.Span), Is.EqualTo($"{batch.First + i}"));
                if (batch.EndsStream)
                    return;
                after = batch.Last;
            }
        })).ToList();

        for (var sequence = 2; sequence < events; sequence++)
        {
            await AppendAsync(streamId, sequence, Segment($"{sequence}"));
            if (sequence % 100 == 0)
                await _store.TrimAsync(streamId, sequence - 50, CancellationToken.None);
        }
        await AppendAsync(streamId, events, Completed);

        await Task.WhenAll(readers).Soon();
    }

    [Test]
    public async Task Streams_CreatedAndClosedConcurrently_LeaveNoBytesBehind()
    {
        _options.MaxStreams = 20;
        _options.MaxTotalBytes = Most;
        var capacity = await MeasureCapacityAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                var head = Head($"key {i % 50}");
                if ((await _store.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None)).Outcome is not CreateOutcome.Created)
                    continue;
                await _store.AppendAsync(EventBatch.Create(head.Id, 2, Segment(new string('x', i * 10))), CancellationToken.None);
                var last = (await FindAsync(head.Id))!.Extent.Last;
                await AppendAsync(head.Id, last + 1, Completed);
            }
        }))).Soon();

        _time.Advance(_options.Retention);
        await _store.DropExpiredAsync(CancellationToken.None);

        Assert.That(await MeasureCapacityAsync(), Is.EqualTo(capacity));
        for (var i = 0; i < _options.MaxStreams; i++)
            await CreateAsync($"key {i}");
    }

    private static StreamHead Head(string? key = null) => new(StreamId.New(), "test", DateTimeOffset.UnixEpoch)
    {
        Idempotency = key is null ? null : new Idempotency(key, "digest"),
    };

    private static StreamEvent Segment(string text) => new(EventKind.Segment, Encoding.UTF8.GetBytes(text));

    private async Task<StreamId> CreateAsync(string? key = null)
    {
        var head = Head(key);
        var result = await _store.CreateAsync(head, EventBatch.Create(head.Id, 1, Started), CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Created));
        return head.Id;
    }

    private async Task AppendAsync(StreamId streamId, long first, params StreamEvent[] events) =>
        Assert.That(await _store.AppendAsync(EventBatch.Create(streamId, first, events), CancellationToken.None), Is.EqualTo(AppendResult.Appended));

    /// <summary>How many segments an empty store takes, which are dropped again.</summary>
    private async Task<int> MeasureCapacityAsync()
    {
        var streamId = await CreateAsync();
        var count = await CountAppendsUntilFullAsync(streamId, new string('x', 50));
        await AppendAsync(streamId, count + 2, Completed);
        _time.Advance(_options.Retention);
        Assert.That(await _store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(1));
        return count;
    }

    private async Task<int> CountAppendsUntilFullAsync(StreamId streamId, string text, long first = 2)
    {
        for (var count = 0; ; count++)
        {
            var result = await _store.AppendAsync(EventBatch.Create(streamId, first + count, Segment(text)), CancellationToken.None);
            if (result is AppendResult.Full)
                return count;
            Assert.That(result, Is.EqualTo(AppendResult.Appended));
        }
    }

    private async Task<StreamRecord?> FindAsync(StreamId streamId) => await _store.FindAsync(streamId, CancellationToken.None);

    private async Task<string> ReadTextAsync(StreamId streamId)
    {
        var batch = (await _store.ReadAsync(streamId, 0, CancellationToken.None))!.Value;
        return Encoding.UTF8.GetString(batch.Data.Span);
    }
}
