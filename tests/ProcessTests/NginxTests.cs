using System.Net;
using System.Net.ServerSentEvents;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.ProcessTests;

/// <summary>Two nodes behind nginx with the deployed configuration.</summary>
[Category(TestCategories.Long)]
internal sealed class NginxTests : PostgreSqlTest
{
    private Nginx _nginx = null!;
    private StreamClient _client = null!;

    protected override TimeSpan Lease => TimeSpan.FromSeconds(5);

    [OneTimeSetUp]
    public void RequireNginx() => Nginx.Require();

    [SetUp]
    public async Task StartNginx()
    {
        await StartNodesAsync();
        _nginx = Own(await Nginx.StartAsync(Folder, First, Second));
        _client = new StreamClient(() => _nginx.Address);
    }

    [Test]
    public async Task Viewers_DisconnectedAtRandom_ResumeOnEitherNode()
    {
        var viewers = ViewerGroup.Start(_client, ReconnectingViewer, streams: 10, viewers: 6, pace: 10, () => Random(100, 400));
        var all = await viewers.CheckAsync("completed");
        await TestContext.Out.WriteLineAsync($"{all}");
        Assert.That(all.Resumes, Is.GreaterThan(100));
        Assert.That(all.Nodes, Is.SupersetOf(new[] { First.Authority, Second.Authority }));
    }

    [Test]
    public async Task RollingRestart_UnderLoad_LosesNoText()
    {
        var groups = new List<ViewerGroup>();
        foreach (var node in Nodes)
        {
            groups.Add(ViewerGroup.Start(_client, ReconnectingViewer, streams: 15, viewers: 4, pace: 20, () => Random(100, 300)));
            await PassRandomly(3000);
            Assert.That(await node.TerminateAsync(), Is.Zero);
            // These streams start while only one node runs.
            groups.Add(ViewerGroup.Start(_client, ReconnectingViewer, streams: 5, viewers: 4, pace: 20, () => Random(50, 100)));
            await node.StartAsync();
        }

        var all = new ViewerSummary();
        foreach (var viewers in groups)
            all.Add(await viewers.CheckAsync("completed"));
        await TestContext.Out.WriteLineAsync($"{all}");
    }

    [Test]
    public async Task NoNodeAvailable_ViewersReceiveTheirReconnectTime()
    {
        var stream = await _client.StartAsync(words: 100_000, pace: 10);
        var viewers = Enumerable.Range(0, 10).Select(_ => _client.View(stream)).ToList();
        var watching = Task.WhenAll(viewers.Select(viewer => viewer.WatchAsync()));
        await Eventually.Happens(() => viewers.TrueForAll(viewer => viewer.Count > 20), "all viewers received events");
        await Task.WhenAll(Nodes.Select(node => node.KillAsync()));

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_nginx.Address, $"/streams/{stream}/events"));
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await _client.Http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        var parser = SseParser.Create(await answer.Content.ReadAsStreamAsync());
        Assert.That(parser.Enumerate().ToList(), Is.Empty);
        Assert.That(parser.ReconnectionInterval, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));

        // Requests that do not read events receive the plain error status.
        using var state = await _client.Http.GetAsync(new Uri(_nginx.Address, $"/streams/{stream}"));
        Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        using var start = await _client.Http.PostAsync(new Uri(_nginx.Address, "/streams"), null);
        Assert.That(start.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));

        await StartNodesAsync();
        var counts = viewers.ConvertAll(viewer => viewer.Count);
        await Eventually.Happens(() => viewers.Zip(counts).All(pair => pair.First.Count > pair.Second + 20), "the generation continues");
        await _client.StopAsync(stream);
        await watching;
        await ViewerGroup.CheckAsync(_client, viewers, "stopped");
    }

    /// <summary>A viewer that repeatedly aborts its connection.</summary>
    private Viewer ReconnectingViewer(string stream) => new(_client.Http, stream, () => _nginx.Address) { Cut = () => Random(1, 80) };
}
