using SseStreaming.Application.Contracts;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.Infrastructure.Generators.OpenAi;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;

namespace SseStreaming.SourceTests.OpenAi;

/// <summary>A request is repeated only before the first segment, after the delay that the server asks for.</summary>
internal sealed class RetryTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task FaultsBeforeTheFirstSegment_AreRetried()
    {
        await using var server = new UpstreamServer(
            UpstreamServer.Status(503),
            UpstreamServer.Streaming(Sse.Role + Sse.Chunk("""{"reasoning_content":"hm"}""") + "data: {\"error\":{\"message\":\"no\"}}\n\n"),
            UpstreamServer.Streaming(Sse.Answer("at ", "last")));
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (2, TimeSpan.FromMilliseconds(1)));

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, server.Calls.Count), Is.EqualTo(("at last", 3)));
    }

    [Test]
    public async Task Retries_AreCounted()
    {
        await using var server = new UpstreamServer(UpstreamServer.Status(500));
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (3, TimeSpan.Zero));

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Fault?.ProblemType, server.Calls.Count), Is.EqualTo((ProblemTypes.UpstreamError, 4)));
    }

    [TestCase(400)]
    [TestCase(401)]
    [TestCase(404)]
    public async Task PermanentFaults_AreNotRetried(int status)
    {
        await using var server = new UpstreamServer(UpstreamServer.Status(status));
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (3, TimeSpan.Zero));

        await Generated.ReadInTimeAsync(generator);

        Assert.That(server.Calls, Has.Count.EqualTo(1));
    }

    [TestCase("<html>log in</html>", "text/html")]
    [TestCase("Please log in.\n", "text/event-stream")]
    [TestCase("{\"answer\":\"in a format of its own\"}", "application/json")]
    [TestCase("data: {\"generated_text\":\"in a format of its own\"}\n\ndata: [DONE]\n\n", "text/event-stream")]
    [TestCase("data: {\"generated_text\":\"in a format of its own\"}\n\n", "text/event-stream")]
    [TestCase("\u0004\u0022M\u0018", "text/event-stream\r\nContent-Encoding: lz4")]
    [TestCase("\u001f\u0001\u0002", "text/event-stream\r\nContent-Encoding: deflate")]
    public async Task AnswerThatCannotBeRead_IsNotRequestedAgain(string body, string contentType)
    {
        await using var server = new UpstreamServer(call => call.AnswerAsync(200, "", body, contentType));
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (3, TimeSpan.Zero));

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Fault is not null, server.Calls.Count), Is.EqualTo(("", true, 1)));
    }

    [Test]
    public async Task FaultAfterTheFirstSegment_IsNotRetried()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(Sse.Text("once")), UpstreamServer.Streaming(Sse.Answer("twice")));
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (3, TimeSpan.Zero));

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Passage, result.Fault?.ProblemType, server.Calls.Count), Is.EqualTo(("once", ProblemTypes.UpstreamCutOff, 1)));
    }

    [TestCase("Retry-After: 7\r\n")]
    [TestCase("retry-after-ms: 7000\r\n")]
    [TestCase("Retry-After: Thu, 01 Jan 2026 00:00:07 GMT\r\n")]
    public async Task RetryAfter_DelaysTheRetry(string header)
    {
        var time = new WatchedTime();
        await using var server = new UpstreamServer(UpstreamServer.Status(429, header), UpstreamServer.Streaming(Sse.Answer("ok")));
        using var generator = OpenAiFixture.Generator(server, options => (options.Retries, options.RetryDelay) = (1, TimeSpan.Zero), time);

        var reading = Generated.ReadAsync(generator);
        await time.HasBegunAsync(7 * Second);
        time.Advance((7 * Second) - TimeSpan.FromMilliseconds(1));
        await reading.StaysPendingAsync();
        Assert.That(server.Calls, Has.Count.EqualTo(1), "no retry before the delay");
        time.Advance(TimeSpan.FromMilliseconds(1));
        var result = await reading.WaitAsync(Eventually.Limit);

        Assert.That((result.Passage, server.Calls.Count), Is.EqualTo(("ok", 2)));
    }

    [Test]
    public async Task RetryAfter_ThatIsTooLong_FailsAtOnce()
    {
        await using var server = new UpstreamServer(UpstreamServer.Status(429, "Retry-After: 3600\r\n"));
        using var generator = OpenAiFixture.Generator(server, options => options.Retries = 5);

        var result = await Generated.ReadInTimeAsync(generator);

        Assert.That((result.Fault?.ProblemType, server.Calls.Count), Is.EqualTo((ProblemTypes.UpstreamRateLimited, 1)));
        Assert.That(result.Fault!.Detail, Does.Contain("3600 s"));
    }

    [Test]
    public async Task Stop_EndsTheWaitForARetry()
    {
        var time = new WatchedTime();
        await using var server = new UpstreamServer(UpstreamServer.Status(503, "Retry-After: 9\r\n"));
        using var generator = OpenAiFixture.Generator(server, options => options.Retries = 5, time);
        using var stop = new CancellationTokenSource();

        var reading = Generated.ReadAsync(generator, cancellationToken: stop.Token);
        await time.HasBegunAsync(9 * Second);
        await stop.CancelAsync();

        Assert.That(async () => await reading, Throws.InstanceOf<OperationCanceledException>());
    }
}
