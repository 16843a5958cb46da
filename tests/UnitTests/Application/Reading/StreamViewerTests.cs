using Microsoft.Extensions.Options;
using Moq;
using SseStreaming.Application;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.Infrastructure.Signals;
using SseStreaming.Infrastructure.Stores.Memory;

namespace SseStreaming.UnitTests.Application.Reading;

internal sealed class StreamViewerTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly StreamEvent Segment = new(EventKind.Segment, "a"u8.ToArray());

    private readonly MemoryEventStreamStore _store = new(Options.Create(new StreamsOptions()), TimeProvider.System);
    private readonly EventStreamReader _reader;

    public StreamViewerTests() => _reader = new EventStreamReader(_store, new InProcessSignal(TimeProvider.System), TimeProvider.System);

    [SetUp]
    public async Task CreateAsync() =>
        await _store.CreateAsync(new StreamHead(Stream, "test", default), EventBatch.Create(Stream, 1, Segment, Segment, Segment), CancellationToken.None);

    [Test]
    public async Task Position_IsThatOfTheLastEventRead()
    {
        using var viewer = new StreamViewer(Stream, 3, _reader.ReadAsync);
        await AppendAsync(4, Segment, Segment);
        await using var batches = viewer.ReadAsync(TimeSpan.Zero, CancellationToken.None).GetAsyncEnumerator();
        var positions = new List<long> { viewer.Position };

        await batches.MoveNextAsync();
        positions.Add(viewer.Position);
        await batches.MoveNextAsync();
        Assert.That(batches.Current.IsEmpty, Is.True, "the idle time has passed");
        positions.Add(viewer.Position);
        await AppendAsync(6, Segment);
        await batches.MoveNextAsync();
        positions.Add(viewer.Position);

        Assert.That(positions, Is.EqualTo(new[] { 3L, 5, 5, 6 }));
    }

    [Test]
    public async Task Read_Again_ContinuesAtThePosition()
    {
        var started = new List<long>();
        using var viewer = new StreamViewer(Stream, 0, _reader.ReadAsync);

        for (var i = 1; i <= 3; i++)
        {
            await using var batches = viewer.ReadAsync(TimeSpan.Zero, CancellationToken.None).GetAsyncEnumerator();
            await batches.MoveNextAsync();
            started.Add(batches.Current.First);
            await AppendAsync(3 + i, Segment);
        }

        Assert.That(started, Is.EqualTo(new[] { 1L, 4, 5 }));
    }

    [Test]
    public void Dispose_DisposesTheRegistration()
    {
        var registration = new Mock<IDisposable>();
        var viewer = new StreamViewer(Stream, 0, _reader.ReadAsync, registration.Object);

        viewer.Dispose();

        registration.Verify(it => it.Dispose(), Times.Once);
    }

    private async Task AppendAsync(long first, params StreamEvent[] events) =>
        await _store.AppendAsync(EventBatch.Create(Stream, first, events), CancellationToken.None);
}
