using SseStreaming.DoorTests.Testing;
using SseStreaming.ProcessTests.Testing;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>Each request about a response may reach another node.</summary>
internal sealed class TwoNodeTests : PostgreSqlTest
{
    protected override TimeSpan Lease => TimeSpan.FromSeconds(3);

    [Test]
    public async Task EachRequest_OnTheOtherNode_ConcernsTheSameResponse()
    {
        await StartNodesAsync();
        await NodeProgram.RequireAsync();
        var body = new { model = "lorem", input = "Hello", words = 10_000, pace = 20, background = true, metadata = new { a = "b" } };
        var created = await OpenAiClient.RunAsync(new OpenAiCall(First.Address, "response") { Body = body });
        var following = OpenAiClient.RunAsync(new OpenAiCall(Second.Address, "retrieveStream") { Id = created.Id });
        var client = new StreamClient(() => First.Address);
        var streamId = OpenAiClient.GetStreamId(created.Id).ToString();
        // Only the node of the generation knows the viewers of all nodes.
        await Eventually.Happens(async () => await client.GetStateAsync(streamId) is var state
            && state.GetProperty("viewers").GetInt32() == 1 && state.GetProperty("segments").GetInt32() > 5, "the other node serves the text");

        var cancelled = await OpenAiClient.RunAsync(new OpenAiCall(Second.Address, "cancel") { Id = created.Id });
        var followed = await following;
        var retrieved = await OpenAiClient.RunAsync(new OpenAiCall(First.Address, "retrieve") { Id = created.Id });
        var deleted = await OpenAiClient.RunAsync(new OpenAiCall(Second.Address, "delete") { Id = created.Id });
        var gone = await OpenAiClient.RunAsync(new OpenAiCall(First.Address, "retrieve") { Id = created.Id });

        Assert.That((cancelled.Error, cancelled.Status), Is.EqualTo(((OpenAiFault?)null, "cancelled")));
        Assert.That((followed.Error, followed.Status, followed.Done), Is.EqualTo(((OpenAiFault?)null, "cancelled", followed.Text)));
        Assert.That((retrieved.Text, retrieved.Response.GetProperty("metadata").GetProperty("a").GetString()), Is.EqualTo((followed.Text, "b")));
        Assert.That((deleted.Error, gone.Error?.Status), Is.EqualTo(((OpenAiFault?)null, (int?)404)));
    }

    [Test]
    public async Task Kill_TheResponseContinuesOnTheOtherNode()
    {
        await StartNodesAsync();

        await ContinuedResponse.CheckAsync(First.Address, async () =>
        {
            await First.KillAsync();
            return Second.Address;
        });
    }
}
