using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Streams that clients write, on two nodes that share one PostgreSQL.</summary>
[Category(TestCategories.Long)]
internal sealed class ExternalTwoNodeTests : PostgreSqlTest
{
    protected override TimeSpan Lease => TimeSpan.FromSeconds(2);

    [Test]
    public async Task Appends_OnEachNodeInTurn_AreOneStream_OnBothNodes()
    {
        await StartNodesAsync();
        var clients = Nodes.Select(node => new StreamClient(() => node.Address)).ToList();
        var stream = await ExternalProducer.CreateAsync(clients[0]);
        var viewers = clients.ConvertAll(client => client.View(stream));
        var watching = viewers.ConvertAll(viewer => viewer.WatchAsync());
        var turn = 0;
        var producer = new ExternalProducer(clients[0].Http, "p", () => Nodes[turn++ % 2].Address);

        await producer.AppendAsync(stream, 100, _ => 1);
        await clients[1].StopAsync(stream);

        await Task.WhenAll(watching);
        await ViewerGroup.CheckAsync(clients[0], viewers, "stopped");
        await ViewerGroup.CheckAsync(clients[1], viewers, "stopped");
        ExternalProducer.Check(await clients[0].GetTextAsync(stream), producers: 1, appends: 100);
    }

    [Test]
    public async Task Kills_DuringAppendsOnBothNodes_EveryAppendIsStoredOnce()
    {
        const int producers = 10;
        const int appends = 60;
        await StartNodesAsync();
        var client = AskEither();
        var stream = await ExternalProducer.CreateAsync(client);
        var viewers = Enumerable.Range(0, 6).Select(_ => client.View(stream)).ToList();
        var watching = viewers.ConvertAll(viewer => viewer.WatchAsync());
        var appending = Task.WhenAll(Enumerable.Range(0, producers).Select(i =>
            new ExternalProducer(client.Http, $"p{i}", () => Nodes[Random(0, 2)].Address).AppendAsync(stream, appends, below => Random(0, below))));
        for (var kill = 0; kill < 3; kill++)
        {
            await PassRandomly(1000);
            var victim = Nodes[Random(0, 2)];
            await victim.KillAsync();
            await victim.StartAsync();
        }
        await appending;
        await client.StopAsync(stream);

        await Task.WhenAll(watching);
        await ViewerGroup.CheckAsync(client, viewers, "stopped");
        ExternalProducer.Check(await client.GetTextAsync(stream), producers, appends);
    }
}
