using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.DoorTests.AiSdk;

/// <summary>Each request of a chat may reach another node.</summary>
internal sealed class TwoNodeTests : PostgreSqlTest
{
    private const string Id = "a chat/1";

    protected override TimeSpan Lease => TimeSpan.FromSeconds(3);

    [Test]
    public async Task EachRequest_OnTheOtherNode_ConcernsTheSameStream([Values(5, 6, 7)] int version)
    {
        await StartNodesAsync();
        var (first, second) = (new ChatClient(First.Address, Id), new ChatClient(Second.Address, Id));
        var client = new AiSdkClient(version) { Body = new { source = "lorem", words = 10_000, pace = 20 } };

        var sending = client.SendAsync(First.Address, Id);
        // Only the node of the generation knows the viewers of all nodes.
        await first.RunsAsync(viewers: 1);
        var reconnecting = client.ReconnectAsync(Second.Address, Id);
        await first.RunsAsync(viewers: 2);
        await second.StopAsync();
        var (sent, resumed) = (await sending, (await reconnecting).Single());

        Assert.That((sent.Error, resumed.Error), Is.EqualTo(((AiSdkError?)null, (AiSdkError?)null)));
        Assert.That((resumed.StreamId, resumed.Text), Is.EqualTo((sent.StreamId, sent.Text)));
        Assert.That(await first.ReadTextAsync(sent.StreamId), Is.EqualTo(sent.Text));
        Assert.That(resumed.Types.Last(), Is.EqualTo("abort"));
        Assert.That((await client.ReconnectAsync(First.Address, Id)).Single().IsNone, Is.True);
    }

    [Test]
    public async Task Kill_ThePageResumesOnTheOtherNode()
    {
        await StartNodesAsync();
        var (first, second) = (new ChatClient(First.Address, Id), new ChatClient(Second.Address, Id));
        var client = new AiSdkClient(7) { Body = new { source = "lorem", words = 500, pace = 20 } };
        var sending = client.SendAsync(First.Address, Id);
        await first.RunsAsync(viewers: 1);

        await First.KillAsync();
        var cut = await sending;
        var seen = (await client.ReconnectAsync(Second.Address, Id)).Single();

        Assert.That(cut.Error, Is.Not.Null);
        Assert.That(seen.Error, Is.Null);
        Assert.That(seen.MessageId, Is.EqualTo(cut.MessageId));
        Assert.That(seen.Text, Is.EqualTo(await second.ReadTextAsync(seen.StreamId)));
        Assert.That(seen.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(500));
    }
}
