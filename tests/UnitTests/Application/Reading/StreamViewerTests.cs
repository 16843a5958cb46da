using Moq;
using SseStreaming.Application.Events;
using SseStreaming.Application.Reading;
using SseStreaming.Domain;

namespace SseStreaming.UnitTests.Application.Reading;

internal sealed class StreamViewerTests
{
    private static readonly StreamId Stream = StreamId.New();
    private static readonly StreamEvent Segment = new(EventKind.Segment, "a"u8.ToArray());

    [Test]
    public async Task Position_IsThatOfTheLastEventHandedOut()
    {
        using var viewer = new StreamViewer(Stream, 3, (after, _, _) => new[]
        {
            EventBatch.Create(Stream, after + 1, Segment, Segment),
            default,
            EventBatch.Create(Stream, after + 3, Segment),
        }.ToAsyncEnumerable());
        var positions = new List<long> { viewer.Position };

        await foreach (var batch in viewer.ReadAsync(TimeSpan.Zero, CancellationToken.None))
            positions.Add(viewer.Position);

        Assert.That(positions, Is.EqualTo(new[] { 3L, 5, 5, 6 }));
    }

    [Test]
    public async Task Read_Again_GoesOnFromThePosition()
    {
        var begun = new List<long>();
        using var viewer = new StreamViewer(Stream, 0, (after, _, _) =>
        {
            begun.Add(after);
            return new[] { EventBatch.Create(Stream, after + 1, Segment) }.ToAsyncEnumerable();
        });

        for (var i = 0; i < 3; i++)
        {
            await foreach (var batch in viewer.ReadAsync(TimeSpan.Zero, CancellationToken.None))
                Assert.That(batch.Count, Is.EqualTo(1));
        }

        Assert.That(begun, Is.EqualTo(new[] { 0L, 1, 2 }));
    }

    [Test]
    public void Dispose_EndsThePresence()
    {
        var presence = new Mock<IDisposable>();
        var viewer = new StreamViewer(Stream, 0, (_, _, _) => AsyncEnumerable.Empty<EventBatch>(), presence.Object);

        viewer.Dispose();

        presence.Verify(it => it.Dispose(), Times.Once);
    }
}
