using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>A silent model times out after its limit, and not before.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SilenceTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly WatchedTime _time = new();

    [Test]
    public async Task BeforeTheFirstSegment_EndsAtTheTimeout([Values("", "role")] string sent)
    {
        await using var server = new UpstreamServer(async call =>
        {
            if (sent.Length > 0)
            {
                await call.BeginStreamAsync();
                // Neither a role nor a comment is output of the model.
                await call.WriteAsync(Sse.Role + ": queued\n\n: queued\n\n");
            }
            await call.KeepSilentAsync();
        });
        using var generator = Generator(server);

        var reading = Generated.ReadAsync(generator);
        var call = await server.NextCallAsync();
        await reading.StaysPendingAsync();
        _time.Advance(First - Moment);
        await reading.StaysPendingAsync();
        _time.Advance(Moment);
        var result = await reading.WaitAsync(Eventually.Limit);

        Assert.That(result.Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamTimeout));
        Assert.That(result.Fault!.Detail, Does.Contain("120 s"));
        await call.Connection.Closed.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task BetweenSegments_EndsAtTheTimeout_MeasuredFromTheLastSegment()
    {
        var mayGoOn = new TaskCompletionSource();
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Role + Sse.Text("one"));
            await mayGoOn.Task;
            await call.WriteAsync(": a comment\n\n" + Sse.Text("two"));
            await call.KeepSilentAsync();
        });
        using var generator = Generator(server);
        await using var texts = generator.GenerateAsync(Generated.Request(), CancellationToken.None).GetAsyncEnumerator();
        await texts.MoveNextAsync();

        var second = texts.MoveNextAsync().AsTask();
        _time.Advance(Between - Moment);
        await second.StaysPendingAsync();
        mayGoOn.SetResult();
        Assert.That(await second.WaitAsync(Eventually.Limit), Is.True, "a segment just before the timeout is accepted");

        var third = texts.MoveNextAsync().AsTask();
        _time.Advance(Between - Moment);
        await third.StaysPendingAsync();
        _time.Advance(Moment);
        Assert.That(async () => await third, Throws.TypeOf<GenerationFailedException>()
            .With.Property(nameof(GenerationFailedException.ProblemType)).EqualTo(ProblemTypes.UpstreamTimeout));
    }

    [Test]
    public async Task SlowReader_IsNoTimeout()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("one", "two")));
        using var generator = Generator(server);
        await using var texts = generator.GenerateAsync(Generated.Request(), CancellationToken.None).GetAsyncEnumerator();

        await texts.MoveNextAsync();
        _time.Advance(100 * Between);
        await texts.MoveNextAsync();

        Assert.That(texts.Current.Text, Is.EqualTo("two"));
    }

    [Test]
    public async Task Thinking_RestartsTheTimeout()
    {
        var pulses = new SemaphoreSlim(0);
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            for (var i = 0; i < 10; i++)
            {
                await call.WriteAsync(Sse.Chunk("""{"reasoning_content":"hm"}"""));
                await pulses.WaitAsync();
            }
            await call.WriteAsync(Sse.Text("done") + Sse.Finish("stop") + Sse.Done);
            await call.EndStreamAsync();
        });
        using var generator = Generator(server);

        var reading = Generated.ReadAsync(generator);
        await server.NextCallAsync();
        for (var i = 0; i < 10; i++)
        {
            await _time.HasBegunAsync(Between, times: i + 1);
            // Ten times this is longer than the timeout of the first segment.
            _time.Advance(Between - Moment);
            pulses.Release();
        }

        Assert.That((await reading.WaitAsync(Eventually.Limit)).Passage, Is.EqualTo("done"));
    }

    [Test]
    public async Task AfterTheFinishReason_IsAnEnd()
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Text("all") + Sse.Finish("stop"));
            await call.KeepSilentAsync();
        });
        using var generator = Generator(server);

        var reading = Generated.ReadAsync(generator);
        await _time.HasBegunAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await reading.WaitAsync(Eventually.Limit);

        Assert.That(((await reading).Passage, (await reading).Finish?.Reason), Is.EqualTo(("all", "stop")));
    }

    private OpenAiGenerator Generator(UpstreamServer server) =>
        OpenAiFixture.Generator(server, options => (options.FirstSegmentTimeout, options.SegmentTimeout) = (First, Between), _time);
}
