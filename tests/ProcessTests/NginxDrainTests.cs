using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>One of two nodes behind nginx drains, which nginx only learns from the node's answers.</summary>
[Category(TestCategories.Long)]
internal sealed class NginxDrainTests : PostgreSqlTest
{
    protected override Dictionary<string, string> Settings => new() { ["Streams__DrainTime"] = "00:00:30" };

    [OneTimeSetUp]
    public void RequireNginx() => Nginx.Require();

    [Test]
    public async Task Terminate_SendsEachViewerToTheOtherNodeOnce_AndGenerationsEndWhole()
    {
        await StartNodesAsync();
        var nginx = Own(await Nginx.StartAsync(Folder, First, Second));
        var client = new StreamClient(() => nginx.Address);
        var viewers = ViewerGroup.Start(client, streams: 15, viewers: 4, pace: 50, () => Random(180, 220));
        await Eventually.Happens(() => viewers.Viewers.Count(viewer => viewer.Count > 1) == 60, "all viewers got events");

        Assert.That(await First.TerminateAsync(), Is.Zero);

        var all = await viewers.CheckAsync("completed");
        await TestContext.Out.WriteLineAsync($"{all}");
        Assert.That(all.Resumes, Is.InRange(10, 60));
        foreach (var viewer in viewers.Viewers)
        {
            Assert.That(viewer.Responses, Is.LessThanOrEqualTo(2));
            // Of an answer that another node was asked for first, both are named.
            Assert.That(viewer.Nodes.Last(), Does.EndWith(Second.Authority));
        }
    }
}
