using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.Testing.Models;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.Server;

/// <summary>Streams from the socket of a model to the socket of a viewer.</summary>
internal sealed class ModelStreamTests
{
    private const string Prompt = "a s3cret prompt";
    private const string Body = $$"""{"prompt":"{{Prompt}}"}""";

    [Test]
    public async Task Passage_Finish_AndUsage_ReachTheViewer()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(
            Sse.Role + Sse.Chunk("""{"reasoning_content":"hidden"}""") + Sse.Text("Grüße,\n") + Sse.Text("世界") + Sse.Finish("length") + Sse.Usage(5, 2) + Sse.Done, 3));
        await using var server = ModelServer.Start(upstream);
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));

        var items = await viewer.ReadToEndAsync();

        Assert.That(Ask.TextOf(items), Is.EqualTo("Grüße,\n世界"));
        Assert.That(JsonDocument.Parse(items.Single(Ask.IsTerminal).Data).RootElement.GetRawText(), Is.EqualTo(
            """{"segments":3,"characters":9,"finishReason":"length","usage":{"inputTokens":5,"outputTokens":2,"totalTokens":7}}"""));
    }

    [Test]
    public async Task WithoutUsage_TheEventHasNone()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Text("a") + Sse.Finish("stop") + Sse.Done));
        await using var server = ModelServer.Start(upstream);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?prompt=x");

        var end = (await viewer.ReadToEndAsync()).Single(Ask.IsTerminal);

        Assert.That(end.Data, Is.EqualTo("""{"segments":1,"characters":1,"finishReason":"stop"}"""));
    }

    [Test]
    public async Task Conversation_IsForwarded()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream, ("Sources:OpenAi:model:SystemPrompt", "Be kind."));
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse",
            """{"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"a"},{"role":"user","content":"w"}]}"""));

        await viewer.ReadToEndAsync();

        Assert.That(upstream.Calls[0].Body.GetProperty("messages").EnumerateArray().Select(message => $"{message.GetProperty("role")}:{message.GetProperty("content")}"),
            Is.EqualTo((string[])["system:Be kind.", "user:u", "assistant:a", "user:w"]));
    }

    [TestCase("""{"source":"lorem","messages":[{"role":"user","content":"x"}]}""", "messages")]
    [TestCase("""{"prompt":"x","messages":[{"role":"user","content":"x"}]}""", "messages")]
    [TestCase("""{"messages":[]}""", "messages")]
    [TestCase("""{"messages":{"role":"user"}}""", "messages")]
    [TestCase("""{"messages":["x"]}""", "messages[0]")]
    [TestCase("""{"messages":[{"role":"user","content":"x"},{"role":"tool","content":"x"}]}""", "messages[1].role")]
    [TestCase("""{"messages":[{"role":"user","content":""}]}""", "messages[0].content")]
    [TestCase("""{"messages":[{"role":"user","content":["x"]}]}""", "messages[0].content")]
    [TestCase("""{"messages":[{"role":"user","content":"x","name":"y"}]}""", "messages[0]")]
    [TestCase("""{"messages":[{"role":"user","content":"x"},{"role":"user","content":"x"},{"role":"user","content":"x"}]}""", "messages")]
    [TestCase("""{"messages":[{"role":"user","content":"0123456789x"}]}""", "messages")]
    [TestCase("{}", "prompt")]
    public async Task InvalidConversation_IsRefused_WithTheNameOfTheField(string body, string field)
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream, ("Limits:Messages", "2"), ("Limits:ConversationCharacters", "10"));

        using var response = await server.Client.SendAsync(Ask.Post("/sse", body));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(problem.RootElement.GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EqualTo((string[])[field]));
        Assert.That(upstream.Calls, Is.Empty);
    }

    [Test]
    public async Task ConversationInAQuery_IsRefused()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("ok")));
        await using var server = ModelServer.Start(upstream);

        using var response = await server.Client.GetAsync(new Uri("/sse?messages=[]", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("\"messages\"").And.Contain("POST"));
    }

    [Test]
    public async Task FaultInTheMiddle_IsReported_TheTextIsKept_AndNoSecretIsRevealed()
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Streaming(
            Sse.Text("what was ") + Sse.Text("said") + Sse.Frame($$"""{"error":{"message":"bad key {{ModelServer.Key}} for {{Prompt}}"} }""")));
        await using var server = ModelServer.Start(upstream);
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));

        var items = await viewer.ReadToEndAsync();

        var failed = items.Single(Ask.IsTerminal);
        var streamId = Ask.IdOf(failed).StreamId;
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(failed.EventType, Is.EqualTo("failed"));
            Assert.That(JsonDocument.Parse(failed.Data).RootElement.GetProperty("type").GetString(), Is.EqualTo(ProblemTypes.UpstreamError));
            Assert.That(Encoding.UTF8.GetString(await server.TextAsync(streamId)), Is.EqualTo("what was said"));
            Assert.That((await server.StateAsync(streamId)).Reason, Is.EqualTo(ProblemTypes.UpstreamError));
        });
        ExpectNoSecrets(server, items);
    }

    [Test]
    public async Task FaultInTheMiddle_WithContinue_IsContinued_AndLogged()
    {
        var model = new ContinuingModel(prompt => $"the answer to {prompt}, in a few s3cret words") { RepeatsPrefix = true };
        await using var upstream = new UpstreamServer(model.CutAfter(5, call => call.EndStreamAsync()), model.AnswerAsync);
        await using var server = ModelServer.Start(
            upstream, ("Sources:OpenAi:model:Continue", "prefix"), ("Sources:OpenAi:model:Retries", "1"), ("Sources:OpenAi:model:RetryDelay", "0"));
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));

        var items = await viewer.ReadToEndAsync();

        Assert.That((Ask.TextOf(items), items.Single(Ask.IsTerminal).EventType), Is.EqualTo(($"the answer to {Prompt}, in a few s3cret words", "completed")));
        Assert.That(model.Requests[1], Is.EqualTo(new ModelRequest(Prompt, "the answer to a ", "Prefix")));
        Assert.That(server.Log.Lines.Select(line => line.Text), Has.One.Contains("continues the text after 16 characters").And.One.Contains("repeated the 16 characters"));
        ExpectNoSecrets(server, []);
    }

    [TestCase(401)]
    [TestCase(500)]
    public async Task RefusedRequest_IsReported_WithoutSecrets(int status)
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Status(status, "", $"{ModelServer.Key} {Prompt}"));
        await using var server = ModelServer.Start(upstream, ("Sources:OpenAi:model:Retries", "1"), ("Sources:OpenAi:model:RetryDelay", "0"));
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));

        var items = await viewer.ReadToEndAsync();

        Assert.That(items.Single(Ask.IsTerminal).EventType, Is.EqualTo("failed"));
        ExpectNoSecrets(server, items);
    }

    [TestCase(400)]
    [TestCase(404)]
    public async Task RefusedRequest_IsLogged_WithItsPathAndModel(int status)
    {
        await using var upstream = new UpstreamServer(UpstreamServer.Status(status, "", $"no such thing, s3cret {ModelServer.Key} {Prompt}"));
        await using var server = ModelServer.Start(
            upstream, ("Sources:OpenAi:model:Endpoint", $"{upstream.Endpoint}/nested/"), ("Sources:OpenAi:model:Model", "llama-of-the-test"));
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));

        var items = await viewer.ReadToEndAsync();

        var path = upstream.Calls.Single().Head.Split(' ')[1];
        Assert.That(path, Is.EqualTo("/v1/nested/chat/completions"));
        Assert.That(server.Log.Lines.Select(line => line.Text), Has.One.Contain($"{status}").And.Contain(path).And.Contain("llama-of-the-test"));
        ExpectNoSecrets(server, items);
    }

    [Test]
    public async Task VerboseLog_OfServerAndFrameworks_ContainsNoSecret()
    {
        const string text = "a s3cret word";
        await using var upstream = new UpstreamServer(
            UpstreamServer.Streaming(Sse.Answer(text)),
            UpstreamServer.Streaming(Sse.Answer(text)),
            UpstreamServer.Streaming(Sse.Answer(text)),
            UpstreamServer.Streaming(Sse.Text(text) + Sse.Frame("s3cret")),
            UpstreamServer.Status(429, "Retry-After: 0\r\n"),
            UpstreamServer.Status(401));
        await using var server = ModelServer.Start(upstream, [.. ((string[])["", ":Override:Microsoft", ":Override:System", ":Override:Microsoft.AspNetCore.Hosting"])
            .Select(part => ($"Serilog:MinimumLevel{part}", "Verbose"))]);

        foreach (var request in (HttpRequestMessage[])
        [
            Ask.Get($"/sse?prompt={Uri.EscapeDataString(Prompt)}"),
            Ask.Post("/sse", Body),
            Ask.Post("/sse", $$"""{"messages":[{"role":"user","content":"{{Prompt}}"}]}"""),
            Ask.Post("/sse", Body),
            Ask.Post("/sse", Body),
            Ask.Post("/sse", Body),
        ])
        {
            await using var viewer = await SseViewer.OpenAsync(server, request);
            await viewer.ReadToEndAsync();
        }
        await server.StopAsync();

        Assert.That(server.Log.Lines.Count(line => line.Category.StartsWith("Microsoft.", StringComparison.Ordinal)), Is.GreaterThan(100), "the frameworks log");
        ExpectNoSecrets(server, []);
    }

    [Test]
    public async Task Delete_ClosesTheConnectionToTheModel([Values] bool hasText)
    {
        await using var upstream = new UpstreamServer(Endless(hasText));
        await using var server = ModelServer.Start(upstream);
        await using var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        var call = await upstream.NextCallAsync();
        if (hasText)
            await viewer.ExpectAsync();

        using var answer = await server.Client.DeleteAsync(new Uri($"/streams/{streamId}", UriKind.Relative));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await call.Connection.Closed.WaitAsync(Eventually.Limit);
        Assert.That((await viewer.ReadToEndAsync()).Single(Ask.IsTerminal).EventType, Is.EqualTo("stopped"));
    }

    [Test]
    public async Task LastViewerLeaves_ConnectionToTheModelClosesAfterTheGracePeriod()
    {
        await using var upstream = new UpstreamServer(Endless(hasText: true));
        await using var server = ModelServer.Start(upstream, ("Streams:Grace", "00:00:00.300"));
        var viewer = await SseViewer.OpenAsync(server, Ask.Post("/sse", Body));
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        await viewer.ExpectAsync();

        await viewer.DisposeAsync();

        await upstream.Calls[0].Connection.Closed.WaitAsync(Eventually.Limit);
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Reason == "abandoned", "the stream has its reason");
        Assert.That(Encoding.UTF8.GetString(await server.TextAsync(streamId)), Is.EqualTo("first"));
    }

    [Test]
    public async Task SeveralModels_SideBySide()
    {
        await using var one = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("one")));
        await using var two = new UpstreamServer(UpstreamServer.Streaming(Sse.Answer("two")));
        await using var server = ModelServer.Start(one, ("Sources:OpenAi:second:Endpoint", two.Endpoint + "/"), ("Sources:OpenAi:second:Model", "n"));

        await using var first = await SseViewer.OpenAsync(server, "/sse?prompt=x");
        await using var second = await SseViewer.OpenAsync(server, "/sse?prompt=x&source=second");

        Assert.That(Ask.TextOf(await first.ReadToEndAsync()) + Ask.TextOf(await second.ReadToEndAsync()), Is.EqualTo("onetwo"));
        Assert.That(two.Calls[0].Body.GetProperty("model").GetString(), Is.EqualTo("n"));
    }

    private static Func<UpstreamCall, Task> Endless(bool hasText) => async call =>
    {
        if (hasText)
        {
            await call.BeginStreamAsync();
            await call.WriteAsync(Sse.Role + Sse.Text("first"));
        }
        await call.KeepSilentAsync();
    };

    private static void ExpectNoSecrets(RunningServer server, IEnumerable<SseItem<string>> items)
    {
        var sent = string.Concat(items.Select(item => item.Data));
        var logged = string.Concat(server.Log.Lines.Select(line => $"{line.Text} {line.Properties} {line.Exception}\n"));
        foreach (var secret in (string[])[ModelServer.Key, Prompt, Uri.EscapeDataString(Prompt), "s3cret"])
            Assert.That(sent + logged, Does.Not.Contain(secret));
    }
}
