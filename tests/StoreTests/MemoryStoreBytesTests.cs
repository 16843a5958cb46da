using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SseStreaming.Application;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.StoreTests;

/// <summary>What the in-memory store takes, which its bound is on.</summary>
internal sealed class MemoryStoreBytesTests
{
    private readonly StreamsOptions _options = new();
    private readonly FakeTimeProvider _time = new();
    private MemoryEventStreamStore _store = null!;

    [SetUp]
    public void SetUp() => _store = new MemoryEventStreamStore(Options.Create(_options), _time);

    [Test]
    public async Task Bytes_OfATinyStream_AreAFewHundred()
    {
        await _store.OpenStreamAsync();

        Assert.That(_store.Bytes, Is.LessThan(2_048));
    }

    [Test]
    public async Task Bytes_GrowWithTheText()
    {
        var stream = await _store.OpenStreamAsync();
        var before = _store.Bytes;

        await _store.AppendedAsync(Events.Segments(stream, 2, new string('x', 100_000)));

        Assert.That(_store.Bytes - before, Is.InRange(100_000, 500_000));
    }

    [Test]
    public async Task Bytes_AfterEverythingWasDropped_AreZero()
    {
        for (var i = 0; i < 20; i++)
        {
            var stream = await _store.OpenStreamAsync($"key {i}");
            for (var sequence = 2; sequence < 200; sequence++)
                await _store.AppendedAsync(Events.Segments(stream, sequence, new string('x', sequence * 3)));
            await _store.AppendedAsync(Events.End(stream, 200));
        }
        Assert.That(_store.Bytes, Is.GreaterThan(0));

        _time.Advance(_options.Retention);

        Assert.That(await _store.DropExpiredAsync(CancellationToken.None), Is.EqualTo(20));
        Assert.That((_store.Bytes, _store.Count), Is.EqualTo((0L, 0)));
    }

    [Test]
    public async Task Streams_ThatComeAndGoAtOnce_LeaveNoBytesBehind()
    {
        _options.MaxStreams = 20;
        _options.MaxTotalBytes = 256 * 1024;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(ComeAndGoAsync)));

        _time.Advance(_options.Retention);
        await _store.DropExpiredAsync(CancellationToken.None);

        Assert.That((_store.Bytes, _store.Count), Is.EqualTo((0L, 0)));
    }

    private async Task ComeAndGoAsync()
    {
        for (var i = 0; i < 500; i++)
        {
            var head = Events.Head($"key {i % 50}");
            if ((await _store.CreateAsync(head, Events.Started(head), CancellationToken.None)).Outcome is not CreateOutcome.Created)
                continue;
            await _store.AppendAsync(Events.Segments(head, 2, new string('x', i * 10)), CancellationToken.None);
            var last = (await _store.FindAsync(head.Id, CancellationToken.None))!.Extent.Last;
            await _store.AppendedAsync(Events.End(head, last + 1, EventKind.Completed));
        }
    }
}
