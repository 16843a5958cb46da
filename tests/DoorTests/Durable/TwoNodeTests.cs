using System.Globalization;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.DoorTests.Durable;

/// <summary>Each request of a producer and of a reader may reach another node.</summary>
internal sealed class TwoNodeTests : PostgreSqlTest
{
    private const string Path = "/v1/stream/a/b.c";

    private static readonly string[] Texts = [.. Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $" text {i}"))];

    protected override TimeSpan Lease => TimeSpan.FromSeconds(3);

    [Test]
    public async Task EachAppend_OnTheOtherNode_IsReadOnBoth([Values("sse", "long-poll")] string live)
    {
        await StartNodesAsync();

        var seen = await DurableClient.RunAsync(
            new DurableJob("write", Path, First.Address, Second.Address) { Texts = Texts, Pace = 10 },
            new DurableJob("read", Path, First.Address) { Live = live },
            new DurableJob("read", Path, Second.Address) { Live = live });

        Assert.That(seen.Skip(1).Select(result => result.Text), Is.All.EqualTo(string.Concat(Texts)));
        Assert.That(seen.SelectMany(result => result.Errors), Is.Empty);
    }

    [Test]
    public async Task Kill_OfANode_TheOtherOneGoesOn([Values("sse", "long-poll")] string live)
    {
        await StartNodesAsync();
        using var http = new HttpClient();
        var running = DurableClient.RunAsync(
            new DurableJob("write", Path, First.Address, Second.Address) { Texts = Texts, Pace = 20 },
            new DurableJob("read", Path, First.Address, Second.Address) { Live = live });
        await Eventually.Happens(async () =>
        {
            using var response = await http.GetAsync(new Uri(Second.Address, Path));
            return (await response.Content.ReadAsStringAsync()).Contains(Texts[20], StringComparison.Ordinal);
        }, "some texts are written");

        await First.KillAsync();

        var seen = await running;
        Assert.That(seen[1].Text, Is.EqualTo(string.Concat(Texts)));
        Assert.That(await http.GetStringAsync(new Uri(Second.Address, Path)), Is.EqualTo(string.Concat(Texts)));
    }
}
