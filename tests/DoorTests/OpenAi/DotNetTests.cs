using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using OpenAI.Responses;
using SseStreaming.Application.Generations;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>The NuGet package <c>OpenAI</c>, with a change of its endpoint alone.</summary>
internal sealed class DotNetTests
{
    private const string Model = "text";

    private static readonly ApiKeyCredential Key = new("any key");

    private readonly TextGenerator _text = new(Model, TextGenerator.Difficult)
    {
        Pace = TimeSpan.FromMilliseconds(5),
        Finish = GenerationFinish.Stop with { Usage = new GenerationUsage(3, 5, 8) },
    };
    private readonly TextGenerator _endless = new("endless", ["some", " text"]) { Waits = true };
    private readonly TextGenerator _failing = new("failing", ["some", " text"]) { Fails = true };
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public void Start() => _server = RunningServer.Start(new() { ["Sse:Retry"] = "00:00:00" }, [_text, _endless, _failing]);

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task Models_AreTheSources()
    {
        var models = await new OpenAIModelClient(Key, new OpenAIClientOptions { Endpoint = Endpoint(_server.Address) }).GetModelsAsync();

        Assert.That(models.Value.Select(model => model.Id), Is.SupersetOf(new[] { "lorem", Model }));
    }

    [Test]
    public async Task Chat_HasTheTextOfTheStream()
    {
        ChatCompletion completion = await Chat(_server.Address).CompleteChatAsync("Hello");

        Assert.That(completion.Content[0].Text, Is.EqualTo(_text.Text));
        Assert.That((completion.FinishReason, completion.Usage.TotalTokenCount), Is.EqualTo((ChatFinishReason.Stop, 8)));
    }

    [Test]
    public async Task StreamedChat_HasTheTextOfTheStream() =>
        Assert.That(await ReadChatAsync(_server.Address), Is.EqualTo(_text.Text));

    [Test]
    public async Task Response_IsCreated_Retrieved_AndCancelled()
    {
        var client = Responses(_server.Address);

        ResponseResult created = await client.CreateResponseAsync(new CreateResponseOptions(Model, [ResponseItem.CreateUserMessageItem("Hello")]));
        ResponseResult retrieved = await client.GetResponseAsync(created.Id);
        ResponseResult running = await client.CreateResponseAsync(
            new CreateResponseOptions("endless", [ResponseItem.CreateUserMessageItem("Hello")]) { BackgroundModeEnabled = true });
        ResponseResult cancelled = await client.CancelResponseAsync(running.Id);

        Assert.That((created.Status, created.GetOutputText(), created.Usage.TotalTokenCount), Is.EqualTo((ResponseStatus.Completed, _text.Text, 8)));
        Assert.That((retrieved.Status, retrieved.GetOutputText()), Is.EqualTo((ResponseStatus.Completed, _text.Text)));
        Assert.That((running.Status, running.BackgroundModeEnabled), Is.EqualTo((ResponseStatus.InProgress, true)));
        Assert.That(cancelled.Status, Is.EqualTo(ResponseStatus.Cancelled));
    }

    [Test]
    public async Task Failures_AreExceptionsWithTheStatus()
    {
        var unknown = await Assert.ThrowsAsync<ClientResultException>(async () => await Chat(_server.Address, "nothing").CompleteChatAsync("Hello"));
        await Assert.ThrowsAsync(Is.InstanceOf<Exception>(), async () => await ReadChatAsync(_server.Address, "failing"));
        var failed = new List<StreamingResponseUpdate>();
        await foreach (var update in await Responses(_server.Address).CreateResponseStreamingAsync("failing", "Hello"))
            failed.Add(update);

        Assert.That(unknown!.Status, Is.EqualTo(404));
        Assert.That(failed[^1], Is.InstanceOf<StreamingResponseFailedUpdate>());
    }

    [Test]
    public async Task StreamedChat_CutAtManyBytes_IsWhole_OrThrows()
    {
        var (whole, thrown) = (0, 0);
        for (var at = 0; at < 4_000; at += 149)
        {
            await using var network = new FaultyNetwork(_server.Address, (number, _) => Cut(number, at));
            try
            {
                Assert.That(await ReadChatAsync(network.Address, maxRetries: 0), Is.EqualTo(_text.Text), $"cut after {at} bytes");
                whole++;
            }
            catch (Exception exception) when (exception is not AssertionException)
            {
                thrown++;
            }
        }
        await TestContext.Out.WriteLineAsync($"{whole} whole, {thrown} thrown.");
        Assert.That((whole > 0, thrown > 10), Is.EqualTo((true, true)));
    }

    /// <summary>The package repeats a broken request with the id of the last frame.</summary>
    [Test]
    public async Task StreamedResponse_CutAtManyBytes_IsWhole()
    {
        var starts = 0;
        // Without the whole first frame, the package has no id to resume from.
        for (var at = 1_300; at < 8_500; at += 199)
        {
            await using var network = new FaultyNetwork(_server.Address, (number, _) => Cut(number, at));
            var (text, numbers) = await ReadResponseAsync(network.Address);

            Assert.That(text, Is.EqualTo(_text.Text), $"cut after {at} bytes");
            Assert.That(numbers, Is.EqualTo(Enumerable.Range(0, TextGenerator.Difficult.Length + 8)), $"cut after {at} bytes");
            starts += network.Connections;
        }
        await TestContext.Out.WriteLineAsync($"{starts} connections.");
    }

    private static async Task<(string Text, List<int> Numbers)> ReadResponseAsync(Uri server)
    {
        var text = new StringBuilder();
        var numbers = new List<int>();
        await foreach (var update in await Responses(server).CreateResponseStreamingAsync(Model, "Hello"))
        {
            numbers.Add(update.SequenceNumber);
            if (update is StreamingResponseOutputTextDeltaUpdate delta)
                text.Append(delta.Delta);
        }
        return (text.ToString(), numbers);
    }

    private static async Task<string> ReadChatAsync(Uri server, string model = Model, int maxRetries = 3)
    {
        var text = new StringBuilder();
        await foreach (var update in Chat(server, model, maxRetries).CompleteChatStreamingAsync("Hello"))
            text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        return text.ToString();
    }

    private static ChatClient Chat(Uri server, string model = Model, int maxRetries = 3) =>
        new(model, Key, new OpenAIClientOptions { Endpoint = Endpoint(server), RetryPolicy = new ClientRetryPolicy(maxRetries) });

    private static ResponsesClient Responses(Uri server) => new(Key, new ResponsesClientOptions { Endpoint = Endpoint(server) });

    private static Uri Endpoint(Uri server) => new(server, "/v1");

    private static NetworkConditions Cut(int number, long at) => number > 0
        ? NetworkConditions.None
        : new NetworkConditions { Fault = new NetworkFault(at % 2 == 0 ? NetworkFaultKind.Close : NetworkFaultKind.Reset, at) };
}
