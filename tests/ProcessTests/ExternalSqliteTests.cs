namespace SseStreaming.ProcessTests;

/// <summary>Streams that clients write, on one node with SQLite that is killed or stopped.</summary>
[Category(TestCategories.Long)]
internal sealed class ExternalSqliteTests : ProcessTest
{
    private const int Producers = 10;
    private const int Appends = 60;

    [TestCase(true)]
    [TestCase(false)]
    public async Task Restart_AtRandomTimes_EveryAppendIsStoredOnce_AndTheStreamStaysOpen(bool isKilled)
    {
        // Without kept requests, too: there is none to keep.
        var node = SqliteNode(new() { ["Streams__KeepRequests"] = "false" });
        await node.StartAsync();
        var client = new StreamClient(() => node.Address);
        var stream = await ExternalProducer.CreateAsync(client);
        var viewers = Enumerable.Range(0, 5).Select(_ => client.View(stream)).ToList();
        var watching = viewers.ConvertAll(viewer => viewer.WatchAsync());
        var producers = Enumerable.Range(0, Producers).Select(i => new ExternalProducer(client.Http, $"p{i}", () => node.Address)).ToList();
        var appending = Task.WhenAll(producers.Select(producer => producer.AppendAsync(stream, Appends, below => Random(0, below))));
        for (var restart = 0; restart < 4; restart++)
        {
            await PassRandomly(700);
            if (isKilled)
                await node.KillAsync();
            else
                Assert.That(await node.TerminateAsync(), Is.Zero);
            await node.StartAsync();
        }
        await appending;
        Assert.That((await client.GetStateAsync(stream)).GetProperty("status").GetString(), Is.EqualTo("running"));

        await client.StopAsync(stream);

        await Task.WhenAll(watching);
        await ViewerGroup.CheckAsync(client, viewers, "stopped");
        ExternalProducer.Check(await client.GetTextAsync(stream), Producers, Appends);
    }
}
