using System.Diagnostics;
using SseStreaming.Application.Storage;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>What is measured and traced of the database: groups, and commands that somebody waits for.</summary>
[TestFixture]
internal sealed class TelemetryTests : TwoNodes
{
    [Test]
    public async Task Groups_AreMeasured()
    {
        var node = await StartNodeAsync();
        using var measured = new Measurements(node.Meters);
        var heads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => node.Store.OpenStreamAsync()));

        await Task.WhenAll(heads.Select(head => node.Store.AppendedAsync(Events.Segments(head, 2, "a"))));

        var groups = measured.Of("sse_streaming.store.group.writes", ("db.system.name", "postgresql"));
        Assert.That(groups.Sum(group => group.Value), Is.EqualTo(100), "50 streams that were opened, and an append to each");
        Assert.That(groups, Has.Count.LessThan(100), "writes that come at the same time share a group");
        Assert.That(measured.Of("sse_streaming.store.group.duration", ("sse_streaming.outcome", "committed")), Has.Count.EqualTo(groups.Count));
    }

    [Test]
    public async Task Commands_AreInTheTraceOfWhoWaitsForThem_AndGroupsInNone()
    {
        using var spans = new Spans("Npgsql");
        var node = await StartNodeAsync();
        var head = await node.Store.OpenStreamAsync();
        using var request = new Activity("request").Start();

        Assert.That(await node.Store.FindAsync(head.Id, CancellationToken.None), Is.Not.Null);
        Assert.That(spans.Of(request.TraceId).Select(span => span.ParentSpanId), Is.EqualTo(new[] { request.SpanId }));
        Assert.That(spans.Of(request.TraceId).Single().TagObjects.Select(tag => $"{tag.Value}"), Has.None.Contain("Host=").And.None.Contain("Username="));

        // The first write since the last one ended: its context is the one that the writer would go on in.
        await node.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        Assert.That(spans.Of(request.TraceId).SelectMany(span => span.TagObjects).Select(tag => $"{tag.Value}"), Has.None.Contain("insert into"));
        Assert.That(spans.All.Where(span => span.ParentSpanId == default), Is.Empty, "no trace of one span");
    }
}
