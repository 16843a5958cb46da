using System.Net;
using System.Net.Http.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>The npm package <c>openai</c>, with a change of its base URL alone.</summary>
internal sealed class JavaScriptTests
{
    private static readonly object[] Messages = [new { role = "developer", content = "Be brief." }, new { role = "user", content = "Hello" }];

    private readonly TextGenerator _text = new("text", TextGenerator.Difficult)
    {
        Finish = GenerationFinish.Stop with { Usage = new GenerationUsage(3, 5, 8) },
    };
    private readonly TextGenerator _length = new("length", ["some", " text"]) { Finish = new GenerationFinish("length") };
    private readonly TextGenerator _failing = new("failing", ["some", " text"]) { Fails = true };
    private readonly TextGenerator _slow = new("slow", ["some", " text"]) { Waits = true };
    private readonly TextGenerator _endless = new("endless", ["some", " text"]) { Waits = true };
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await NodeProgram.RequireAsync();
        _server = RunningServer.Start(new() { ["Sse:Heartbeat"] = "00:00:00.100" }, [_text, _length, _failing, _slow, _endless]);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Test]
    public async Task Models_AreTheSources() =>
        Assert.That((await RunAsync("models")).Models, Is.SupersetOf(new[] { "document", "lorem", "text" }));

    [TestCase("chat")]
    [TestCase("chatStream")]
    [TestCase("chatRunner")]
    public async Task Chat_HasTheTextOfTheStream(string call)
    {
        var seen = await RunAsync(call, new { model = "text", messages = Messages, stream_options = call == "chat" ? null : new { include_usage = true } });

        Assert.That(seen.Error, Is.Null);
        Assert.That(seen.Text, Is.EqualTo(_text.Text));
        Assert.That(seen.Text, Is.EqualTo(await TextAsync(seen)));
        Assert.That(seen.Finish, Is.EqualTo("stop"));
        if (call != "chatRunner")
            Assert.That(seen.Usage?.GetProperty("total_tokens").GetInt32(), Is.EqualTo(8));
    }

    [Test]
    public async Task Chat_GivesTheRequestAndTheStream()
    {
        var seen = await RunAsync("chat", new { model = "text", messages = Messages });

        Assert.That(seen.RequestId, Is.Not.Empty);
        Assert.That(seen.StreamId, Is.EqualTo(OpenAiClient.GetStreamId(seen.Id).ToString()));
        Assert.That(_text.Request!.Messages.Select(message => (message.Role, message.Content)),
            Is.EqualTo(new[] { (ConversationRole.System, "Be brief."), (ConversationRole.User, "Hello") }));
    }

    [TestCase("chat")]
    [TestCase("chatStream")]
    public async Task Chat_AtALimit_FinishesWithLength(string call)
    {
        var seen = await RunAsync(call, new { model = "length", messages = Messages });

        Assert.That((seen.Text, seen.Finish, seen.Error), Is.EqualTo(("some text", "length", (OpenAiFault?)null)));
    }

    [TestCase("chat", 500)]
    [TestCase("chatStream", null)]
    [TestCase("chatRunner", null)]
    public async Task Chat_OfAGenerationThatFails_Throws(string call, int? status)
    {
        var seen = await RunAsync(call, new { model = "failing", messages = Messages });

        Assert.That(seen.Error?.Status, Is.EqualTo(status));
        Assert.That(seen.Error?.Message, Does.Contain("The source failed. It said no."));
        Assert.That(seen.Error?.Code, Is.EqualTo("upstream-timeout"));
    }

    [TestCase("response")]
    [TestCase("responseStream")]
    [TestCase("responseRunner")]
    public async Task Response_HasTheTextOfTheStream(string call)
    {
        var seen = await RunAsync(call, new { model = "text", input = "Hello", instructions = "Be brief.", metadata = new { a = "b" } });

        Assert.That(seen.Error, Is.Null);
        Assert.That(seen.Text, Is.EqualTo(_text.Text));
        Assert.That(seen.Text, Is.EqualTo(await TextAsync(seen)));
        Assert.That(seen.Status, Is.EqualTo("completed"));
        Assert.That(seen.Response.GetProperty("usage").GetProperty("total_tokens").GetInt32(), Is.EqualTo(8));
        Assert.That(seen.Response.GetProperty("metadata").GetProperty("a").GetString(), Is.EqualTo("b"));
        Assert.That(seen.Response.GetProperty("instructions").GetString(), Is.EqualTo("Be brief."));
        if (call == "responseStream")
        {
            Assert.That(seen.Done, Is.EqualTo(seen.Text));
            Assert.That(seen.Numbers, Is.EqualTo(Enumerable.Range(0, TextGenerator.Difficult.Length + 8)));
        }
    }

    [Test]
    public async Task Response_ThatIsWhole_AndRetrieved_AreTheSame()
    {
        var created = await RunAsync("response", new { model = "length", input = Messages });

        var retrieved = await RunAsync("retrieve", id: created.Id);

        Assert.That(created.Status, Is.EqualTo("incomplete"));
        Assert.That(retrieved.Response.GetRawText(), Is.EqualTo(created.Response.GetRawText()));
    }

    [Test]
    public async Task RetrievedStream_BeginsAfterAnyNumber()
    {
        const int frames = 18;
        var created = await RunAsync("response", new { model = "text", input = "Hello" });

        var seen = await OpenAiClient.RunAsync([.. Enumerable.Range(-1, frames + 1)
            .Select(after => Call("retrieveStream", id: created.Id, startingAfter: after < 0 ? null : after))]);

        for (var after = -1; after < frames; after++)
        {
            var result = seen[after + 1];
            Assert.That(result.Error, Is.Null);
            Assert.That(result.Numbers, Is.EqualTo(Enumerable.Range(0, frames).Where(number => number > after)));
            Assert.That(result.Text, Is.EqualTo(string.Concat(TextGenerator.Difficult.Skip(Math.Max(0, after - 3)))));
        }
    }

    [Test]
    public async Task RetrievedStream_ByTheRunner_IsWhole()
    {
        var created = await RunAsync("response", new { model = "text", input = "Hello" });

        var seen = await RunAsync("retrieveRunner", id: created.Id, startingAfter: 6);

        Assert.That(seen.Error, Is.Null);
        Assert.That(seen.Numbers, Is.EqualTo(Enumerable.Range(7, 11)));
    }

    [Test]
    public async Task Background_RunsWithoutAViewer_AndIsFollowed()
    {
        var created = await RunAsync("response", new { model = "slow", input = "Hello", background = true });
        Assert.That(created.Status, Is.EqualTo("in_progress"));

        var following = RunAsync("retrieveStream", id: created.Id, startingAfter: 4);
        await Eventually.Happens(async () => (await _server.StateAsync(OpenAiClient.GetStreamId(created.Id))).Viewers == 1, "the response is followed");
        _slow.Release();

        var seen = await following;
        Assert.That(seen.Error, Is.Null);
        Assert.That((seen.Text, seen.Done, seen.Status), Is.EqualTo((" text", "some text", "completed")));
        Assert.That(seen.Response.GetProperty("background").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Cancel_StopsTheGeneration_AsOftenAsItIsAsked()
    {
        var created = await RunAsync("response", new { model = "endless", input = "Hello", background = true });
        await Eventually.Happens(async () => (await _server.StateAsync(OpenAiClient.GetStreamId(created.Id))).Segments == 2, "the text is stored");

        foreach (var call in (string[])["cancel", "cancel", "retrieve"])
        {
            var seen = await RunAsync(call, id: created.Id);
            Assert.That(seen.Error, Is.Null);
            Assert.That((seen.Status, seen.Text), Is.EqualTo(("cancelled", "some text")));
        }
    }

    [TestCase("text")]
    [TestCase("endless")]
    public async Task Delete_StopsAndForgets(string model)
    {
        var created = await RunAsync("response", new { model, input = "Hello", background = true });

        var deleted = await RunAsync("delete", id: created.Id);
        var seen = await OpenAiClient.RunAsync([Call("retrieve", id: created.Id), Call("delete", id: created.Id)]);

        Assert.That(deleted.Error, Is.Null);
        Assert.That(seen.Select(result => result.Error?.Status), Is.All.EqualTo(404));
        using var native = await _server.Client.GetAsync(new Uri($"/streams/{OpenAiClient.GetStreamId(created.Id)}", UriKind.Relative));
        Assert.That(native.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Stopped_Throws_AndIsNotRepeated()
    {
        var headers = new Dictionary<string, string> { ["Idempotency-Key"] = "stopped" };
        var body = new { model = "endless", messages = Messages };
        using var first = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { body.model, body.messages, stream = true }) };
        first.With("Idempotency-Key", "stopped");
        using var started = await _server.Client.SendAsync(first, HttpCompletionOption.ResponseHeadersRead);
        var streamId = OpenAiClient.GetStreamId($"-{started.Headers.GetValues("X-Stream-Id").Single()}");
        string[] kinds = ["chat", "chatStream", "chatRunner"];
        var calls = OpenAiClient.RunAsync([.. kinds.Select(call => Call(call, body) with { MaxRetries = 2, Headers = headers })]);
        await Eventually.Happens(async () => (await _server.StateAsync(streamId)).Viewers == 4, "all calls have joined");

        using var stopped = await _server.Client.DeleteAsync(new Uri($"/streams/{streamId}", UriKind.Relative));

        foreach (var seen in await calls)
            Assert.That(seen.Error?.Message, Does.Contain("stopped"));
        Assert.That(_server.Log.Lines.Count(line => line.Text.Contains(streamId.ToString(), StringComparison.Ordinal)
            && line.Text.Contains("answered 500", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Errors_AreTheTypedExceptions()
    {
        var finished = await RunAsync("response", new { model = "length", input = "Hello" });
        (OpenAiCall Call, string Name, int Status, string? Code, string? Param)[] cases =
        [
            (Call("chat", new { model = "nothing", messages = Messages }), "NotFoundError", 404, "model_not_found", "model"),
            (Call("model", id: "nothing"), "NotFoundError", 404, "model_not_found", "model"),
            (Call("chatStream", new { model = "lorem", messages = Messages, words = 0 }), "BadRequestError", 400, null, "words"),
            (Call("chat", new { model = "lorem", messages = Messages, n = 2 }), "BadRequestError", 400, "unsupported_parameter", "n"),
            (Call("response", new { model = "lorem", input = "a", previous_response_id = finished.Id }), "BadRequestError", 400, "unsupported_parameter", "previous_response_id"),
            (Call("retrieve", id: "resp_nothing"), "NotFoundError", 404, null, null),
            (Call("retrieve", id: $"resp_{Domain.StreamId.New()}"), "NotFoundError", 404, "unknown-stream", null),
            (Call("retrieveStream", id: finished.Id, startingAfter: 99), "BadRequestError", 400, null, "starting_after"),
            (Call("cancel", id: finished.Id), "BadRequestError", 400, null, null),
        ];

        var seen = await OpenAiClient.RunAsync([.. cases.Select(item => item.Call)]);

        for (var i = 0; i < cases.Length; i++)
        {
            var error = seen[i].Error;
            Assert.That((error?.Name, error?.Status, error?.Code, error?.Param), Is.EqualTo((cases[i].Name, (int?)cases[i].Status, cases[i].Code, cases[i].Param)), cases[i].Call.Call);
            Assert.That(error!.Type, Is.EqualTo("invalid_request_error"));
            Assert.That(error.RequestId, Is.Not.Empty);
        }
    }

    [Test]
    public async Task RepeatedRequest_WithAnIdempotencyKey_Joins_AndAnotherOneConflicts()
    {
        var headers = new Dictionary<string, string> { ["Idempotency-Key"] = "k" };
        var first = Call("response", new { model = "length", input = "Hello" }) with { Headers = headers };
        var created = await OpenAiClient.RunAsync(first);

        var seen = await OpenAiClient.RunAsync([first, first with { Body = new { model = "length", input = "Bye" } }]);

        Assert.That(seen[0].Id, Is.EqualTo(created.Id));
        Assert.That((seen[1].Error?.Name, seen[1].Error?.Status), Is.EqualTo(("UnprocessableEntityError", (int?)HttpStatusCode.UnprocessableEntity)));
    }

    private Task<OpenAiResult> RunAsync(string call, object? body = null, string? id = null, long? startingAfter = null) =>
        OpenAiClient.RunAsync(Call(call, body, id, startingAfter));

    private OpenAiCall Call(string call, object? body = null, string? id = null, long? startingAfter = null) =>
        new(_server.Address, call) { Body = body, Id = id, StartingAfter = startingAfter };

    private Task<string> TextAsync(OpenAiResult seen) =>
        _server.Client.GetStringAsync(new Uri($"/streams/{OpenAiClient.GetStreamId(seen.Id)}/text", UriKind.Relative));
}
