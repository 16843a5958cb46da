using System.Net.Http.Json;
using System.Text.Json;
using SseStreaming.DoorTests.OpenAi;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.Durable;

/// <summary>
/// The connections of a client are cut after a number of bytes. An application that reads on at the offset of its last piece has the
/// whole text; one that repeats its appends with a producer has written each of them once.
/// </summary>
internal sealed class JavaScriptCutTests
{
    private const int JobsOfAProgram = 50;

    private static readonly string[] Texts = ["  One\n", "\n two", " three\t", "☃ 😀 e", "data: four\n\n", " ", "last."];

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await NodeProgram.RequireAsync();
        _server = RunningServer.Start(new() { ["Sse:Heartbeat"] = "00:00:01" }, [new TextGenerator("text", Texts) { Pace = TimeSpan.FromMilliseconds(10) }]);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [TestCase("sse", 3_500)]
    [TestCase("long-poll", 3_500)]
    public Task Read_IsWhole(string live, int bytes) => ReadAsync(live, bytes, step: 61);

    [Category(TestCategories.Long)]
    [TestCase("sse", 3_500)]
    [TestCase("long-poll", 3_500)]
    public Task Read_CutAtManyBytes(string live, int bytes) => ReadAsync(live, bytes, step: 3);

    [TestCase(Direction.ToClient, 2_500)]
    [TestCase(Direction.ToServer, 2_500)]
    public Task Write_IsAppendedOnce(Direction direction, int bytes) => WriteAsync(direction, bytes, step: 53);

    [Category(TestCategories.Long)]
    [TestCase(Direction.ToClient, 2_500)]
    [TestCase(Direction.ToServer, 2_500)]
    public Task Write_CutAtManyBytes(Direction direction, int bytes) => WriteAsync(direction, bytes, step: 3);

    private async Task ReadAsync(string live, int bytes, int step)
    {
        var connections = await CutAsync(Direction.ToClient, bytes, step, async networks =>
        {
            var ids = await Task.WhenAll(networks.Select(_ => StartAsync()));
            var jobs = networks.Select((network, i) => new DurableJob("read", $"/v1/stream/{ids[i]}", network.Address) { Live = live });

            var seen = await DurableClient.RunAsync([.. jobs]);

            Assert.That(seen.Select(result => result.Text), Is.All.EqualTo(string.Concat(Texts)));
            Assert.That(seen.Select(result => result.IsClosed), Is.All.True);
        });
        Assert.That(connections, Is.GreaterThan(bytes / step));
    }

    private async Task WriteAsync(Direction direction, int bytes, int step)
    {
        await CutAsync(direction, bytes, step, async networks =>
        {
            var paths = networks.Select(_ => $"/v1/stream/{Guid.NewGuid():N}").ToList();

            var seen = await DurableClient.RunAsync([.. networks.Select((network, i) => new DurableJob("write", paths[i], network.Address) { Texts = Texts })]);

            Assert.That(seen.SelectMany(result => result.Errors), Is.Empty);
            foreach (var path in paths)
            {
                using var response = await _server.Client.GetAsync(new Uri(path, UriKind.Relative));
                Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(string.Concat(Texts)));
            }
        });
    }

    /// <summary>The first connection of each network is cut, at another byte.</summary>
    private async Task<int> CutAsync(Direction direction, int bytes, int step, Func<List<FaultyNetwork>, Task> run)
    {
        var connections = 0;
        foreach (var chunk in Enumerable.Range(0, bytes / step).Select(i => (long)i * step).Chunk(JobsOfAProgram))
        {
            var networks = chunk.Select(at => new FaultyNetwork(_server.Address, (number, _) => number > 0
                ? NetworkConditions.None
                : new NetworkConditions { Fault = new NetworkFault(at % 2 == 0 ? NetworkFaultKind.Close : NetworkFaultKind.Reset, at, direction) })).ToList();
            try
            {
                await run(networks);
                connections += networks.Sum(network => network.Connections);
            }
            finally
            {
                foreach (var network in networks)
                    await network.DisposeAsync();
            }
        }
        return connections;
    }

    private async Task<string> StartAsync()
    {
        using var started = await _server.Client.PostAsJsonAsync("/streams", new { source = "text", onDisconnect = "continue" });
        return (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }
}
