using SseStreaming.Application;
using SseStreaming.Application.Streams;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores;
using MsOptions = Microsoft.Extensions.Options.Options;

namespace SseStreaming.UnitTests.Infrastructure.Stores;

internal sealed class MemoryEventStreamStoreTests : EventStreamStoreContract
{
    private const int Most = 256 * 1024;

    private MemoryEventStreamStore Memory => (MemoryEventStreamStore)Store;

    public override IEventStreamStore CreateStore(StreamsOptions options, TimeProvider time) =>
        new MemoryEventStreamStore(MsOptions.Create(options), time);

    [Test]
    public async Task Bytes_GrowWithTheText()
    {
        var stream = await CreateAsync();
        var before = Memory.Bytes;

        await AppendAsync(stream, 2, Segment(new string('x', 100_000)));

        Assert.That(Memory.Bytes - before, Is.InRange(100_000, 500_000));
    }

    [Test]
    public async Task Bytes_AfterEverythingWasDropped_AreZero()
    {
        for (var i = 0; i < 20; i++)
        {
            var stream = await CreateAsync(Head($"key {i}"));
            for (var sequence = 2; sequence < 200; sequence++)
                await AppendAsync(stream, sequence, Segment(new string('x', sequence * 3)));
            await AppendAsync(stream, 200, Json(EventKind.Completed));
        }
        Assert.That(Memory.Bytes, Is.GreaterThan(0));

        Time.Advance(Options.Retention);

        Assert.That(await Store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(20));
        Assert.That((Memory.Bytes, Memory.Count), Is.EqualTo((0L, 0)));
    }

    [Test]
    public async Task Bytes_OfATinyStream_AreAFewHundred()
    {
        await CreateAsync();

        Assert.That(Memory.Bytes, Is.LessThan(2_048));
    }

    [Test]
    public async Task Append_AboveTheTotal_DropsWhatWasClosedFirst()
    {
        Options.MaxTotalBytes = Most;
        var (first, second, writing) = (await CreateAsync(), await CreateAsync(), await CreateAsync());
        await AppendAsync(second, 2, Segment(new string('x', 20_000)), Json(EventKind.Completed));
        await AppendAsync(first, 2, Segment(new string('x', 20_000)), Json(EventKind.Completed));

        var sequence = 2;
        while (await FindAsync(second) is not null)
            await AppendAsync(writing, sequence++, Segment(new string('x', 1_000)));
        Assert.That(await FindAsync(first), Is.Not.Null);
        while (await FindAsync(first) is not null)
            await AppendAsync(writing, sequence++, Segment(new string('x', 1_000)));

        Assert.That(await ReadAllAsync(writing, after: 1), Has.Count.EqualTo(sequence - 2));
    }

    [Test]
    public async Task Append_AboveTheTotalOfOpenStreams_IsFullButClosesThemStill()
    {
        Options.MaxTotalBytes = Most;
        var stream = await CreateAsync();
        var sequence = 2;
        while (await Store.AppendAsync(EventBatch.Of(stream, sequence, Segment(new string('x', 1_000))), CancellationToken.None) is AppendResult.Appended)
            sequence++;

        Assert.That(sequence, Is.GreaterThan(20));
        Assert.That(await Store.AppendAsync(EventBatch.Of(stream, sequence, Segment("x")), CancellationToken.None), Is.EqualTo(AppendResult.Full));
        Assert.That(await ReadAllAsync(stream, after: 1), Has.Count.EqualTo(sequence - 2), "nothing of what was refused is there");
        await AppendAsync(stream, sequence, Json(EventKind.Stopped));
    }

    [Test]
    public async Task Create_AboveTheTotalOfOpenStreams_IsFull()
    {
        Options.MaxTotalBytes = Most;
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Segment(new string('x', Most)));
        var head = Head();

        var result = await Store.CreateAsync(head, EventBatch.Of(head.Id, 1, Json(EventKind.Started)), CancellationToken.None);

        Assert.That(result.Outcome, Is.EqualTo(CreateOutcome.Full));
    }

    [Test]
    public async Task Create_AboveTheTotal_MakesRoomByDroppingClosedStreams()
    {
        Options.MaxTotalBytes = Most;
        var stream = await CreateAsync();
        await AppendAsync(stream, 2, Segment(new string('x', Most)), Json(EventKind.Completed));

        await CreateAsync();

        Assert.That(await FindAsync(stream), Is.Null);
        Assert.That(Memory.Bytes, Is.LessThan(Most));
    }

    [Test]
    public async Task Streams_ThatComeAndGoAtOnce_LeaveNoBytesBehind()
    {
        Options.MaxStreams = 20;
        Options.MaxTotalBytes = Most;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                var head = Head($"key {i % 50}");
                if ((await Store.CreateAsync(head, EventBatch.Of(head.Id, 1, Json(EventKind.Started)), CancellationToken.None)).Outcome is not CreateOutcome.Created)
                    continue;
                await Store.AppendAsync(EventBatch.Of(head.Id, 2, Segment(new string('x', i * 10))), CancellationToken.None);
                var last = (await FindAsync(head.Id))!.Extent.Last;
                await AppendAsync(head.Id, last + 1, Json(EventKind.Completed));
            }
        })));

        Time.Advance(Options.Retention);
        await Store.DropExpiredAsync(CancellationToken.None);

        Assert.That((Memory.Bytes, Memory.Count), Is.EqualTo((0L, 0)));
    }
}
