using Microsoft.Extensions.Logging.Abstractions;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Infrastructure.Generators.Chat;
using SseStreaming.Infrastructure.Generators.Models;
using SseStreaming.SourceTests.Testing;
using SseStreaming.Testing.Models;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Chat;

/// <summary>The faults of a model's server over the official package of Anthropic: no cut text is called whole.</summary>
internal sealed class AnthropicFaultTests
{
    private const string Secret = "s3cret";

    private static readonly string[] Frames =
    [
        Frame("message_start", """ "message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}"""),
        Frame("content_block_start", """ "index":0,"content_block":{"type":"text","text":""}"""),
        Frame("ping", ""),
        Text("Hel"), Text("lo"),
        Frame("content_block_stop", "\"index\":0"),
        Frame("message_delta", """ "delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}"""),
        Frame("message_stop", ""),
    ];

    private const string ErrorFrame = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"s3cret\"}}\n\n";

    [Test]
    public async Task WholeAnswer_IsRead_WithItsFinishAndUsage()
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(string.Concat(Frames)));

        var result = await ReadAsync(server);

        Assert.That((result.Passage, result.Finish?.Reason, result.Fault), Is.EqualTo(("Hello", "stop", (GenerationFailedException?)null)));
        Assert.That(result.Finish?.Usage, Is.EqualTo(new GenerationUsage(3, 2, 5)));
    }

    [TestCase("max_tokens", "length")]
    [TestCase("refusal", "content_filter")]
    [TestCase("model_context_window_exceeded", "length")]
    [TestCase("pause_turn", "pause_turn")]
    [TestCase("new_word", "new_word")]
    [TestCase("stop_sequence", "stop")]
    public async Task FinishWord_IsThatOfTheServer(string word, string expected)
    {
        var frames = string.Concat(Frames).Replace("end_turn", word, StringComparison.Ordinal);
        await using var server = new UpstreamServer(UpstreamServer.Streaming(frames));

        var result = await ReadAsync(server);

        Assert.That((result.Passage, result.Finish?.Reason), Is.EqualTo(("Hello", expected)), $"{result.Fault?.Detail}");
    }

    [Test]
    public async Task NoFinishWord_IsNotWhole()
    {
        var frames = string.Concat(Frames).Replace("\"end_turn\"", "null", StringComparison.Ordinal);
        await using var server = new UpstreamServer(UpstreamServer.Streaming(frames));

        var result = await ReadAsync(server);

        Assert.That((result.Passage, result.Finish, result.Fault?.ProblemType), Is.EqualTo(("Hello", (GenerationFinish?)null, ProblemTypes.UpstreamCutOff)));
    }

    [Test]
    public async Task CutAfterEveryByte_IsNeverAWholeText([Values] bool closes)
    {
        var frames = string.Concat(Frames);
        var length = 0;
        await using var server = new UpstreamServer(async call =>
        {
            // In one piece, because a second one would wait for the client's acknowledgement of the first.
            var chunk = length > 0 ? $"{length:x}\r\n{frames[..length]}\r\n" : "";
            await call.SendRawAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{(closes ? "" : "0\r\n\r\n")}");
            if (closes)
                call.Connection.Close();
        });
        using var generator = CreateGenerator(server);
        var wrong = new List<string>();
        for (; length < frames.Length; length++)
        {
            var result = await Generated.ReadInTimeAsync(generator);
            if (result.Finish is not null && result.Passage != "Hello")
                wrong.Add($"{length}: '{result.Passage}' {result.Finish.Reason}");
            if (result.Finish is null && result.Fault is null)
                wrong.Add($"{length}: neither finish nor fault");
            if (result.Finish is null && !"Hello".StartsWith(result.Passage, StringComparison.Ordinal))
                wrong.Add($"{length}: '{result.Passage}'");
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public async Task ErrorInTheStream_IsAnError([Values] bool isLast)
    {
        var frames = string.Concat(Frames[..4]) + ErrorFrame + (isLast ? "" : string.Concat(Frames[4..]));
        await using var server = new UpstreamServer(UpstreamServer.Streaming(frames));

        var result = await ReadAsync(server);

        Assert.That((result.Passage, result.Finish), Is.EqualTo(("Hel", (GenerationFinish?)null)), $"{result.Fault?.ProblemType}");
        Assert.That(result.Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamError));
        Assert.That(result.Fault?.ToString(), Does.Not.Contain(Secret));
    }

    [TestCase(401, ProblemTypes.UpstreamUnauthorized)]
    [TestCase(429, ProblemTypes.UpstreamRateLimited)]
    [TestCase(500, ProblemTypes.UpstreamError)]
    [TestCase(302, ProblemTypes.UpstreamError)]
    [TestCase(404, ProblemTypes.UpstreamError)]
    public async Task Status_BecomesAProblem_AndIsAskedOnce(int status, string type)
    {
        await using var server = new UpstreamServer(UpstreamServer.Status(status, "Retry-After: 3600\r\nLocation: http://127.0.0.1:9/\r\n"));

        var result = await ReadAsync(server);

        Assert.That((result.Fault?.ProblemType, server.Calls.Count), Is.EqualTo((type, 1)));
        Assert.That(result.Fault?.ToString(), Does.Not.Contain(Secret));
        if (status == 429)
            Assert.That(result.Fault?.Detail, Does.Contain("3600 s"));
    }

    [TestCase("<html>s3cret</html>")]
    [TestCase("data: s3cret\n\n")]
    [TestCase("{}\n")]
    [TestCase("[1]\n")]
    public async Task OtherFormat_IsAFault(string body)
    {
        await using var server = new UpstreamServer(UpstreamServer.Streaming(body));

        var result = await ReadAsync(server);

        Assert.That((result.Passage, result.Finish), Is.EqualTo(("", (GenerationFinish?)null)));
        Assert.That(result.Fault?.ToString(), Does.Not.Contain(Secret));
    }

    [Test]
    public async Task Silence_EndsAtTheTimeout_AndClosesTheConnection([Values] bool hasText)
    {
        await using var server = new UpstreamServer(async call =>
        {
            await call.BeginStreamAsync();
            if (hasText)
                await call.WriteAsync(string.Concat(Frames[..^3]));
            await call.KeepSilentAsync();
        });

        var result = await ReadAsync(server, options => (options.FirstSegmentTimeout, options.SegmentTimeout) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)));

        Assert.That(result.Fault?.ProblemType, Is.EqualTo(ProblemTypes.UpstreamTimeout));
        await server.Calls[0].Connection.Closed.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task Stop_ClosesTheConnection([Values] bool hasText)
    {
        await using var server = new UpstreamServer(async call =>
        {
            if (hasText)
            {
                await call.BeginStreamAsync();
                await call.WriteAsync(string.Concat(Frames[..^3]));
            }
            await call.KeepSilentAsync();
        });
        using var generator = CreateGenerator(server);
        using var stop = new CancellationTokenSource();

        var reading = Generated.ReadAsync(generator, cancellationToken: stop.Token);
        var call = await server.NextCallAsync();
        await stop.CancelAsync();

        Assert.That(async () => await reading.WaitAsync(Eventually.Limit), Throws.InstanceOf<OperationCanceledException>());
        await call.Connection.Closed.WaitAsync(Eventually.Limit);
    }

    [Test]
    public async Task ConfiguredModel_StreamsToAViewer_AndTheVerboseLogHasNoSecret()
    {
        const string prompt = "the-prompt-s3cret";
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(string.Concat(Frames)), UpstreamServer.Status(401, "", $"sk-s3cret {prompt}"));
        await using var server = RunningServer.Start(new()
        {
            ["Sources:Default"] = "claude",
            ["Sources:Anthropic:claude:Endpoint"] = $"http://127.0.0.1:{upstream.Port}",
            ["Sources:Anthropic:claude:Model"] = "m",
            ["Sources:Anthropic:claude:ApiKey"] = "sk-s3cret",
            ["Serilog:MinimumLevel"] = "Verbose",
        }, []);

        foreach (var (type, text) in new[] { ("completed", "Hello"), ("failed", "") })
        {
            await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", $$"""{"prompt":"{{prompt}}"}"""));
            var events = await viewer.ReadToEndAsync();
            Assert.That((events.Single(Ask.IsTerminal).EventType, Ask.TextOf(events)), Is.EqualTo((type, text)));
        }

        Assert.That(upstream.Calls[0].Head, Does.Contain("Authorization: Bearer sk-s3cret"));
        Assert.That(server.Log.Lines.Select(line => line.Text), Has.Some.Contain("the upstream failed").And.Some.Contain("401"));
        Assert.That(string.Concat(server.Log.Lines.Select(line => $"{line.Text} {line.Properties} {line.Exception}\n")), Does.Not.Contain(Secret));
    }

    private static string Frame(string type, string fields) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\"{(fields.Length > 0 ? "," + fields : "")}}}\n\n";

    private static string Text(string text) =>
        Frame("content_block_delta", $"\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}");

    private async Task<Generated> ReadAsync(UpstreamServer server, Action<AnthropicOptions>? change = null)
    {
        using var generator = CreateGenerator(server, change);
        return await Generated.ReadInTimeAsync(generator);
    }

    private ChatGenerator CreateGenerator(UpstreamServer server, Action<AnthropicOptions>? change = null)
    {
        var options = new AnthropicOptions { Endpoint = $"http://127.0.0.1:{server.Port}", Model = "m", ApiKey = "sk-s3cret", Retries = 0 };
        change?.Invoke(options);
        var client = AnthropicChatClient.Create(options, TimeProvider.System);
        return new ChatGenerator("model", options, client, new ModelMetrics(new Meters()), TimeProvider.System, NullLogger<ChatGenerator>.Instance);
    }
}
