using System.Globalization;
using System.Text;
using System.Text.Json;
using SseStreaming.SourceTests.Server;
using SseStreaming.Testing.Models;
using SseStreaming.Testing.Servers;

namespace SseStreaming.SourceTests.OpenAi.Conformance;

/// <summary>Real responses of "OpenAI-compatible" servers, from the socket of the model to the socket of a viewer.</summary>
[TestFixture("None")]
[TestFixture("Assistant")]
[Parallelizable(ParallelScope.Children)]
internal sealed class ConformanceTests(string continueMethod)
{
    private static readonly IReadOnlyList<ModelStreamCase> Cases = ModelStreamCase.ReadAll();

    private UpstreamServer _upstream = null!;
    private RunningServer _server = null!;

    private static IEnumerable<TestCaseData> Names => Cases.Select(item => new TestCaseData(item.Name));

    [OneTimeSetUp]
    public void Start()
    {
        _upstream = new UpstreamServer(AnswerAsync);
        _server = ModelServer.Start(
            _upstream, ("Sources:OpenAi:model:Continue", continueMethod), ("Sources:OpenAi:model:FirstSegmentTimeout", "00:00:02"), ("Sources:OpenAi:model:SegmentTimeout", "00:00:02"));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [TestCaseSource(nameof(Names))]
    public async Task Answer_ResultsInTheExpectedStream(string name)
    {
        var expected = Cases.Single(item => item.Name == name).Expect;
        await using var viewer = await SseViewer.OpenAsync(_server, Ask.Post("/sse", JsonSerializer.Serialize(new { prompt = name })));

        var end = (await viewer.ReadToEndAsync()).Single(Ask.IsTerminal);

        var text = Encoding.UTF8.GetString(await _server.TextAsync(Ask.IdOf(end).StreamId));
        using var data = JsonDocument.Parse(end.Data);
        Assert.Multiple(() =>
        {
            Assert.That((end.EventType, text), Is.EqualTo((expected.Status, expected.Text)), end.Data);
            if (expected.FinishReason is { } reason)
                Assert.That(Field(data, "finishReason"), Is.EqualTo(reason));
            if (expected.Problem is { } problem)
                Assert.That(Field(data, "type"), Does.EndWith(problem));
            if (expected.Usage is { } usage)
                Assert.That(data.RootElement.TryGetProperty("usage", out _), Is.EqualTo(usage), "usage");
        });
    }

    [Test]
    public void Names_AreUnique() => Assert.That(Cases.Select(item => item.Name), Is.Unique);

    private static string? Field(JsonDocument data, string name) =>
        data.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>Sends the response of the case that the prompt names.</summary>
    private static async Task AnswerAsync(UpstreamCall call)
    {
        var name = call.Body.GetProperty("messages")[0].GetProperty("content").GetString();
        var answer = Cases.Single(item => item.Name == name);
        await call.SendRawAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + Header("Content-Type", answer.ContentType)
            + Header("Content-Encoding", answer.Encoding) + "\r\n");
        foreach (var (bytes, pause) in answer.ReadPieces())
        {
            if (bytes.Length > 0)
                await call.Connection.SendAsync((byte[])[.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length:x}\r\n")), .. bytes, .. "\r\n"u8]);
            await Task.Delay(pause, TimeProvider.System);
        }
        if (answer.End == "close")
        {
            await call.EndStreamAsync();
            return;
        }
        // A reset discards bytes that the client has not read yet.
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        call.Connection.Reset();
    }

    private static string Header(string name, string? value) => value is null ? "" : $"{name}: {value}\r\n";
}
