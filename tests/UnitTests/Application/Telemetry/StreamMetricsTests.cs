using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Application.Telemetry;
using SseStreaming.Domain;
using SseStreaming.UnitTests.Testing;

namespace SseStreaming.UnitTests.Application.Telemetry;

/// <summary>Metrics that are hard to provoke on a whole server; tests/IntegrationTests/Telemetry covers the others.</summary>
internal sealed class StreamMetricsTests
{
    [Test]
    public async Task Appends_ThatTheStoreCouldNotTake_AreCountedAsSuch()
    {
        var away = 2;
        var fixture = new GenerationFixture(wrap: store => new UnreliableStore(store, () => away-- > 0));
        using var measured = new Measurements(fixture.Meters);
        using var spans = new Spans("SseStreaming.Streams");

        var streamId = await fixture.StartAsync(Generators.Texts("Lorem"));
        var ending = fixture.EndOf(streamId);
        await Eventually.Happens(() =>
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(2));
            return ending.IsCompleted;
        }, "the store is available again, and the generation ends");
        await ending;

        Assert.That(measured.Get("sse_streaming.store.append.duration", ("sse_streaming.outcome", "unavailable")), Has.Count.EqualTo(2));
        var span = spans.All.Single(item => streamId.ToString().Equals(item.GetTagItem("sse_streaming.stream.id")));
        Assert.That(span.Events.Count(item => item.Name == "store unavailable"), Is.EqualTo(1), "one event per outage of the store");
    }

    [Test]
    public void Position_ThatIsNoLongerKept_IsCounted()
    {
        var meters = new Meters();
        var metrics = new StreamMetrics(meters);
        using var measured = new Measurements(meters);

        metrics.Resumed(ResumePoint.Expired, distance: 100);

        Assert.That(measured.GetSum("sse_streaming.resumes", ("sse_streaming.outcome", "expired")), Is.EqualTo(1));
        Assert.That(measured.Get("sse_streaming.resume.distance"), Is.Empty);
    }

    [TestCase("stop", "stop")]
    [TestCase("abandoned", "abandoned")]
    [TestCase(ProblemTypes.UpstreamTimeout, "upstream-timeout")]
    [TestCase("what an upstream likes", "other")]
    [TestCase("https://example.org/problem", "other")]
    [TestCase(null, "other")]
    public void Reasons_AreOfAClosedSet(string? reason, string word) => Assert.That(MetricTagValues.ToReasonTagValue(reason), Is.EqualTo(word));

    private sealed class UnreliableStore(IEventStreamStore inner, Func<bool> isAway) : DelegatingStore(inner)
    {
        public override ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken) =>
            isAway() ? throw Faults.StoreDown : base.AppendAsync(batch, checkpoint, cancellationToken);
    }
}
