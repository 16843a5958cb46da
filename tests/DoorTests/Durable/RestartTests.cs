using System.Globalization;

namespace SseStreaming.DoorTests.Durable;

/// <summary>A producer writes and a reader reads on after a restart of their node.</summary>
internal sealed class RestartTests : ProcessTest
{
    private static readonly string[] Texts = [.. Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $" text {i}"))];

    [Test]
    public async Task Kill_InTheMiddle_EachTextIsWrittenAndReadOnce([Values("sse", "long-poll")] string live)
    {
        const string path = "/v1/stream/a/b.c";
        var node = SqliteNode();
        await node.StartAsync();
        using var http = new HttpClient();
        var running = DurableClient.RunAsync(
            new DurableJob("write", path, node.Address) { Texts = Texts, Pace = 20 },
            new DurableJob("read", path, node.Address) { Live = live });

        for (var at = 10; at < Texts.Length; at += 40)
        {
            await Eventually.Happens(async () => (await ReadAsync(http, new Uri(node.Address, path))).Contains(Texts[at], StringComparison.Ordinal), $"text {at} is written");
            await node.KillAsync();
            await node.StartAsync();
        }

        var seen = await running;
        Assert.That(await ReadAsync(http, new Uri(node.Address, path)), Is.EqualTo(string.Concat(Texts)));
        Assert.That(seen[1].Text, Is.EqualTo(string.Concat(Texts)));
        Assert.That(seen[0].Errors, Is.Empty);
    }

    private static async Task<string> ReadAsync(HttpClient http, Uri address)
    {
        using var response = await http.GetAsync(address);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : "";
    }
}
