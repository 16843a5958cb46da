using SseStreaming.Client;

namespace SseStreaming.ProcessTests;

/// <summary>The .NET client, whose server is killed and started again.</summary>
internal sealed class DotNetClientTests : ProcessTest
{
    [Test]
    public async Task KillAndRestart_LosesNoEvent()
    {
        var node = SqliteNode();
        await node.StartAsync();
        using var http = new HttpClient { BaseAddress = node.Address };
        var client = new TextStreamClient(http, new TextStreamOptions { BaseDelay = TimeSpan.FromMilliseconds(100), MaxAttempts = 1_000 });
        var stream = client.Start(new { source = "lorem", words = 400, pace = 5 });
        var events = new List<TextStreamEvent>();
        var reading = ReadAsync();

        for (var kills = 1; kills <= 3; kills++)
        {
            await Eventually.Happens(() => events.Count > kills * 30, "events arrive");
            await node.KillAsync();
            await node.StartAsync();
        }

        await reading.WaitAsync(Eventually.Limit);
        Assert.That(events[^1], Is.InstanceOf<CompletedEvent>());
        Assert.That(events.Select(item => item.Id), Is.EqualTo(Enumerable.Range(1, 402).Select(sequence => $"{stream.StreamId}.{sequence}")));
        Assert.That(stream.Passage, Is.EqualTo(await client.ReadTextAsync(stream.StreamId!)));

        async Task ReadAsync()
        {
            await foreach (var item in stream)
                events.Add(item);
        }
    }
}
