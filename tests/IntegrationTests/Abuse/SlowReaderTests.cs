using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Generations;
using SseStreaming.Application.Limits;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests.Abuse;

/// <summary>
/// Clients that read one byte per second of a completed text. The server disconnects them, because they do not read enough for a
/// write to complete within the deadline.
/// </summary>
internal sealed class SlowReaderTests
{
    private const int Readers = 50;
    private const int Segments = 1500;

    private static readonly string Filling = new('x', 10_000);

    [TestCase("events")]
    [TestCase("text")]
    public async Task ReadersOfOneBytePerSecond_AreDisconnected_AndUseLittleMemory(string resource)
    {
        await using var server = RunningServer.Start(
            new Dictionary<string, string> { ["Sse:WriteDeadline"] = "00:00:03" }, [new CallbackGenerator("large", Large)]);
        using var started = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"large","onDisconnect":"continue"}"""));
        var streamId = Ask.StartedBy(started);
        await Eventually.Happens(async () => (await server.StateAsync(streamId)).Status is StreamStatus.Completed, "the stream is completed");
        var bounds = server.Services.GetRequiredService<ClientLimits>();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var slow = new List<RawConnection>();
        for (var i = 0; i < Readers; i++)
        {
            slow.Add(await RawConnection.OpenAsync(server.EndPoint, receiveBuffer: 4 * 1024));
            await slow[^1].GetAsync($"/streams/{streamId}/{resource}");
        }
        await Eventually.Happens(() => bounds.Viewers == Readers, "all readers are connected");
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        using var done = new CancellationTokenSource();
        var reads = slow.Select(connection => ReadSlowlyAsync(connection, done.Token)).ToList();

        await Eventually.Happens(() => bounds.Viewers == 0, "all readers are disconnected");
        await done.CancelAsync();
        await Task.WhenAll(reads);
        await TestContext.Out.WriteLineAsync($"{held / 1024 / Readers} KiB per reader while connected.");
        // The server sends 15 MB to each reader. Memory is allowed for the buffers of its connection, twice 64 KiB.
        Assert.That(held / Readers, Is.LessThan(512 * 1024));
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Count(line => line.Text.Contains("read nothing for", StringComparison.Ordinal)), Is.EqualTo(Readers));
        slow.ForEach(connection => connection.Dispose());
    }

    private static async Task ReadSlowlyAsync(RawConnection connection, CancellationToken done)
    {
        while (!done.IsCancellationRequested && await connection.SipAsync(1))
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async IAsyncEnumerable<GeneratedText> Large([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < Segments; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Filling;
            if (i % 10 == 0)
                await Task.Yield();
        }
    }
}
