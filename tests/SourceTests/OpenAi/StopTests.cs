using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>A stopped generation closes its connection to the model.</summary>
internal sealed class StopTests
{
    [Test]
    public async Task WhileTheModelIsSilent([Values] bool hasText)
    {
        await using var server = new UpstreamServer(async call =>
        {
            if (hasText)
            {
                await call.BeginStreamAsync();
                await call.WriteAsync(Sse.Role + Sse.Text("one"));
            }
            await call.KeepSilentAsync();
        });
        using var generator = OpenAiFixture.Generator(server);
        using var stop = new CancellationTokenSource();

        var reading = Generated.ReadAsync(generator, cancellationToken: stop.Token);
        var call = await server.NextCallAsync();
        await reading.StaysPendingAsync();
        await stop.CancelAsync();

        Assert.That(async () => await reading.WaitAsync(Eventually.Limit), Throws.InstanceOf<OperationCanceledException>());
        await call.Connection.Closed.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task BetweenTwoSegments_WhileMoreArrives()
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Text("one") + Sse.Text("two") + Sse.Text("three"));
            await call.KeepSilentAsync();
        });
        using var generator = OpenAiFixture.Generator(server);

        await using (var texts = generator.GenerateAsync(Generated.Request(), CancellationToken.None).GetAsyncEnumerator())
            await texts.MoveNextAsync();

        await server.Calls[0].Connection.Closed.WaitAsync(Eventually.Limit);
    }
}
