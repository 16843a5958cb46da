namespace SseStreaming.DoorTests.OpenAi;

/// <summary>A response continues after a restart of its node.</summary>
internal sealed class RestartTests : ProcessTest
{
    [Test]
    public async Task Kill_InTheMiddle_TheResponseContinues()
    {
        var node = SqliteNode();
        await node.StartAsync();

        await ContinuedResponse.CheckAsync(node.Address, async () =>
        {
            await node.KillAsync();
            await node.StartAsync();
            return node.Address;
        });
    }
}
