using System.Collections.Concurrent;
using System.Net;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>The database is unavailable for some seconds during running generations.</summary>
[Category(TestCategories.Long)]
internal sealed class DatabaseOutageTests : PostgreSqlTest
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(5);

    [Test]
    public async Task Stopped5Seconds_AllGenerationsComplete()
    {
        if (!Server.IsOwn)
            Assert.Ignore("The tests can't stop the configured PostgreSQL server.");
        await StartNodesAsync();
        var client = AskEither();
        var viewers = new ConcurrentBag<Viewer>();
        var group = ViewerGroup.Start(client, View, streams: 20, viewers: 3, pace: 50, () => 160);
        await Eventually.Happens(() => viewers.Count == 60 && viewers.All(viewer => viewer.Count > 10), "all viewers received events");

        await Server.StopAsync();
        var back = Task.Delay(Outage, TimeProvider.System);
        foreach (var node in Nodes)
            await Eventually.Happens(async () => await node.ReadyAsync() is HttpStatusCode.ServiceUnavailable, $"{node.Name} reported that it is not ready");
        Assert.That(viewers.All(viewer => viewer.Count < 162), Is.True, "the database was stopped before the generations completed");
        await back;
        await Server.StartAsync();

        var all = await group.CheckAsync("completed");
        foreach (var node in Nodes)
        {
            await Eventually.Happens(async () => await node.ReadyAsync() is HttpStatusCode.OK, $"{node.Name} reported that it is ready again");
            Assert.That(node.HasExited, Is.False);
        }
        await TestContext.Out.WriteLineAsync($"{all}");
        Assert.That(viewers.All(viewer => viewer.Count == 162), Is.True);

        Viewer View(string stream)
        {
            var viewer = client.View(stream);
            viewers.Add(viewer);
            return viewer;
        }
    }
}
