namespace SseStreaming.DoorTests.AiSdk;

/// <summary>A chat's last stream is found after a restart of its node.</summary>
[TestFixture(5)]
[TestFixture(6)]
[TestFixture(7)]
internal sealed class RestartTests(int version) : ProcessTest
{
    [Test]
    public async Task Kill_InTheMiddle_ThePageResumesTheWholeText()
    {
        const string id = "a chat/1";
        var node = SqliteNode();
        await node.StartAsync();
        var chat = new ChatClient(node.Address, id);
        var client = new AiSdkClient(version) { Body = new { source = "lorem", words = 500, pace = 20 } };
        var sending = client.SendAsync(node.Address, id);
        await chat.RunsAsync(viewers: 1);

        await node.KillAsync();
        var cut = await sending;
        await node.StartAsync();
        var seen = (await client.ReconnectAsync(node.Address, id)).Single();

        Assert.That(cut.Error, Is.Not.Null);
        Assert.That(seen.Error, Is.Null);
        Assert.That((seen.MessageId, seen.StreamId), Is.EqualTo((cut.MessageId, cut.StreamId)));
        Assert.That(seen.Chunks[^1].GetProperty("finishReason").GetString(), Is.EqualTo("stop"));
        Assert.That(seen.Text, Is.EqualTo(await chat.ReadTextAsync(seen.StreamId)));
        Assert.That(seen.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(500));
    }
}
