using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>One of two nodes behind nginx drains; nginx detects that only from the node's responses.</summary>
[Category(TestCategories.Long)]
internal sealed class NginxDrainTests : PostgreSqlTest
{
    protected override Dictionary<string, string> Settings => new() { ["Streams__DrainTime"] = "00:00:30" };

    [OneTimeSetUp]
    public void RequireNginx() => Nginx.Require();

    [Test]
    public async Task Terminate_RedirectsEachViewerOnce_AndGenerationsComplete()
    {
        await StartNodesAsync();
        var nginx = Own(await Nginx.StartAsync(Folder, First, Second));
        var client = new StreamClient(() => nginx.Address);
        var viewers = ViewerGroup.Start(client, streams: 15, viewers: 4, pace: 50, () => Random(180, 220));
        await Eventually.Happens(() => viewers.Viewers.Count(viewer => viewer.Count > 1) == 60, "all viewers received events");

        Assert.That(await First.TerminateAsync(), Is.Zero);

        var all = await viewers.CheckAsync("completed");
        await TestContext.Out.WriteLineAsync($"{all}");
        Assert.That(all.Resumes, Is.InRange(10, 60));
        foreach (var viewer in viewers.Viewers)
        {
            Assert.That(viewer.Responses, Is.LessThanOrEqualTo(2));
            // If nginx tried another node first, the header names both.
            Assert.That(viewer.Nodes.Last(), Does.EndWith(Second.Authority));
        }
    }
}
