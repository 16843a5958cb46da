using System.Diagnostics;
using SseStreaming.Application.Storage;
using SseStreaming.Testing;

namespace SseStreaming.StoreTests.PostgreSql;

/// <summary>Metrics of groups, and traces of commands.</summary>
[TestFixture]
internal sealed class PostgreSqlTelemetryTests : PostgreSqlClusterFixture
{
    [Test]
    public async Task Groups_AreMeasured()
    {
        var node = await StartNodeAsync();
        using var measured = new Measurements(node.Meters);
        var heads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => node.Store.OpenStreamAsync()));

        await Task.WhenAll(heads.Select(head => node.Store.AppendedAsync(Events.Segments(head, 2, "a"))));

        var groups = measured.Get("sse_streaming.store.group.writes", ("db.system.name", "postgresql"));
        Assert.That(groups.Sum(group => group.Value), Is.EqualTo(100), "50 creates and 50 appends");
        Assert.That(groups, Has.Count.LessThan(100), "simultaneous writes share a group");
        Assert.That(measured.Get("sse_streaming.store.group.duration", ("sse_streaming.outcome", "committed")), Has.Count.EqualTo(groups.Count));
    }

    [Test]
    public async Task Commands_AreInTheTraceOfTheirCaller_AndGroupsInNone()
    {
        using var spans = new Spans("Npgsql");
        var node = await StartNodeAsync();
        var head = await node.Store.OpenStreamAsync();
        using var request = new Activity("request").Start();

        Assert.That(await node.Store.FindAsync(head.Id, CancellationToken.None), Is.Not.Null);
        Assert.That(spans.Get(request.TraceId).Select(span => span.ParentSpanId), Is.EqualTo(new[] { request.SpanId }));
        Assert.That(spans.Get(request.TraceId).Single().TagObjects.Select(tag => $"{tag.Value}"), Has.None.Contain("Host=").And.None.Contain("Username="));

        // The writer is idle, so this write starts it; the writer must not keep the context of this request.
        await node.Store.AppendedAsync(Events.Segments(head, 2, "a"));
        Assert.That(spans.Get(request.TraceId).SelectMany(span => span.TagObjects).Select(tag => $"{tag.Value}"), Has.None.Contain("insert into"));
        Assert.That(spans.All.Where(span => span.ParentSpanId == default), Is.Empty, "no trace of one span");
    }
}
