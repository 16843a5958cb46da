using SseStreaming.DoorTests.Testing;
using SseStreaming.Testing.Network;
using SseStreaming.Testing.Servers;

namespace SseStreaming.DoorTests.OpenAi;

/// <summary>
/// The first connection of each call is cut after a number of bytes. The application has the whole text, or an exception: never a
/// shorter text without one.
/// </summary>
internal sealed class JavaScriptCutTests
{
    private const int CallsOfAProgram = 100;

    private readonly TextGenerator _text = new("text", TextGenerator.Difficult) { Pace = TimeSpan.FromMilliseconds(5) };
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await NodeProgram.RequireAsync();
        _server = RunningServer.Start(_text);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [TestCase("chatStream", 4_000)]
    [TestCase("chatRunner", 4_000)]
    [TestCase("responseStream", 8_500)]
    public Task Stream_IsWhole_OrThrows(string call, int bytes) => CutAsync(call, bytes, step: 149, mayThrow: true);

    [Test]
    public Task Response_ThatIsResumed_IsWhole() => CutAsync("resume", 8_500, step: 149, mayThrow: false);

    [Category(TestCategories.Long)]
    [TestCase("chatStream", 4_000, true)]
    [TestCase("chatRunner", 4_000, true)]
    [TestCase("responseStream", 8_500, true)]
    [TestCase("resume", 8_500, false)]
    public Task Stream_CutAtManyBytes(string call, int bytes, bool mayThrow) => CutAsync(call, bytes, step: 7, mayThrow);

    private async Task CutAsync(string call, int bytes, int step, bool mayThrow)
    {
        object body = call.StartsWith("chat", StringComparison.Ordinal)
            ? new { model = "text", messages = new[] { new { role = "user", content = "Hello" } } }
            : new { model = "text", input = "Hello" };
        var (whole, thrown) = (0, 0);
        var positions = Enumerable.Range(0, bytes / step).Select(i => (long)i * step).ToList();
        foreach (var chunk in positions.Chunk(CallsOfAProgram))
        {
            var networks = chunk.Select(at => new FaultyNetwork(_server.Address, (number, _) => Cut(number, at))).ToList();
            try
            {
                var results = await OpenAiClient.RunAsync([.. networks.Select(network => new OpenAiCall(network.Address, call) { Body = body })]);
                for (var i = 0; i < chunk.Length; i++)
                {
                    Check(results[i], chunk[i], mayThrow);
                    _ = results[i].Error is null ? whole++ : thrown++;
                }
            }
            finally
            {
                foreach (var network in networks)
                    await network.DisposeAsync();
            }
        }
        await TestContext.Out.WriteLineAsync($"{call}: {whole} whole, {thrown} thrown.");
        Assert.That(whole, Is.GreaterThan(0));
        if (mayThrow)
            Assert.That(thrown, Is.GreaterThan(positions.Count / 2));
    }

    private void Check(OpenAiResult seen, long at, bool mayThrow)
    {
        if (seen.Error is null)
        {
            Assert.That(seen.Text, Is.EqualTo(_text.Text), $"cut after {at} bytes");
            if (seen.Numbers.Count > 0)
                Assert.That(seen.Numbers, Is.EqualTo(Enumerable.Range(0, TextGenerator.Difficult.Length + 8)), $"cut after {at} bytes");
        }
        else if (!mayThrow)
        {
            // Without the first frame, no client knows the response that it could resume.
            Assert.That(seen.Id, Is.Null, $"cut after {at} bytes: {seen.Error}");
        }
    }

    private static NetworkConditions Cut(int number, long at) => number > 0
        ? NetworkConditions.None
        : new NetworkConditions { Fault = new NetworkFault(at % 2 == 0 ? NetworkFaultKind.Close : NetworkFaultKind.Reset, at) };
}
