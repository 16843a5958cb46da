using SseStreaming.DoorTests.Testing;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>A response in the background, whose node is killed while a client reads it.</summary>
internal static class ContinuedResponse
{
    private const int Words = 400;

    /// <param name="server">The node that starts the response.</param>
    /// <param name="kill">Kills that node, and returns the address at which the client continues.</param>
    public static async Task CheckAsync(Uri server, Func<Task<Uri>> kill)
    {
        await NodeProgram.RequireAsync();
        var body = new { model = "lorem", input = "Hello", words = Words, pace = 20, background = true, instructions = "Be brief.", metadata = new { a = "b" } };
        var created = await OpenAiClient.RunAsync(new OpenAiCall(server, "response") { Body = body });
        var reading = OpenAiClient.RunAsync(new OpenAiCall(server, "retrieveStream") { Id = created.Id });
        var client = new StreamClient(() => server);
        var streamId = OpenAiClient.GetStreamId(created.Id).ToString();
        await Eventually.Happens(async () => (await client.GetStateAsync(streamId)).GetProperty("viewers").GetInt32() == 1, "the client reads the text");
        var segments = await GetSegmentsAsync();
        await Eventually.Happens(async () => await GetSegmentsAsync() > segments + 50, "the client has text");

        var next = await kill();
        var cut = await reading;
        var rest = await OpenAiClient.RunAsync(new OpenAiCall(next, "retrieveStream") { Id = created.Id, StartingAfter = cut.Numbers[^1], MaxRetries = 5 });
        var whole = await OpenAiClient.RunAsync(new OpenAiCall(next, "retrieve") { Id = created.Id });

        Assert.That(cut.Error, Is.Not.Null, "the application sees that the text was cut off");
        Assert.That((rest.Error, rest.Status), Is.EqualTo(((OpenAiFault?)null, "completed")));
        Assert.That(cut.Numbers.Concat(rest.Numbers), Is.EqualTo(Enumerable.Range(0, Words + 8)));
        Assert.That(cut.Text + rest.Text, Is.EqualTo(await new StreamClient(() => next).GetTextAsync(streamId)));
        Assert.That(whole.Text, Is.EqualTo(cut.Text + rest.Text));
        Assert.That((whole.Response.GetProperty("background").GetBoolean(), whole.Response.GetProperty("instructions").GetString(),
            whole.Response.GetProperty("metadata").GetProperty("a").GetString()), Is.EqualTo((true, "Be brief.", "b")));

        async Task<int> GetSegmentsAsync() => (await client.GetStateAsync(streamId)).GetProperty("segments").GetInt32();
    }
}
