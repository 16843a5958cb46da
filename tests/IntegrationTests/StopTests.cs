using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using SseStreaming.Application.Contracts;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A requested stop takes effect at once, in every state of the generation.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StopTests
{
    [Test]
    public async Task Delete_BeforeTheFirstSegment_OfASourceThatIgnoresCancellation_EndsItsViewersAtOnce()
    {
        var source = new ScriptedGenerator(ignoresCancellation: true);
        await using var server = RunningServer.Start(source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var script = await source.NextAsync();
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;

        await DeleteAsync(server, streamId.ToString());

        AssertStopped(await viewer.ReadToEndAsync(), "requested", segments: 0);
        Assert.That(script.Released.IsCompleted, Is.False, "the source still hangs");
        Assert.That(server.Generations, Is.EqualTo(1));
        script.Complete();
        await Eventually.Happens(() => server.Generations == 0, "the generation is removed when its source ends");
    }

    [Test]
    public async Task Delete_InTheMiddle_KeepsTheGeneratedText_AndCancelsTheSource()
    {
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        await using var other = await SseViewer.OpenAsync(server, "/sse", (await viewer.ExpectAsync()).EventId);
        var script = await source.NextAsync();
        script.Write("one", " two", " trois\u0301");
        var seen = new List<SseItem<string>> { await viewer.ExpectAsync(), await viewer.ExpectAsync() };
        var streamId = Ask.IdOf(seen[0]).StreamId;

        await DeleteAsync(server, streamId.ToString());

        // The last grapheme, which was held back for the next segment, is sent before the terminal event.
        seen.AddRange(await viewer.ReadToEndAsync());
        Assert.That(Ask.TextOf(seen), Is.EqualTo("one two trois\u0301"));
        AssertStopped(seen, "requested", seen.Count(Ask.IsSegment));
        Assert.That((await other.ReadToEndAsync()).Select(item => item.EventId), Is.EqualTo(seen.Select(item => item.EventId)));
        await script.Released.WaitAsync(Eventually.Limit);
        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Stopped));
        Assert.That((await server.StateAsync(streamId)).Reason, Is.EqualTo("requested"));
    }

    [Test]
    public async Task Delete_OfASourceThatNeverWaits_StopsIt()
    {
        await using var server = RunningServer.Start();
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?words=1000000&pace=0");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;

        await DeleteAsync(server, streamId.ToString());

        Assert.That((await server.StateAsync(streamId)).Status, Is.EqualTo(StreamStatus.Stopped));
        Assert.That((await viewer.ReadToEndAsync())[^2].EventType, Is.EqualTo("stopped"));
    }

    [Test]
    public async Task Delete_Again_OrAfterTheEnd_ChangesNothing()
    {
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(source);
        await using var stopped = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        await using var completed = await SseViewer.OpenAsync(server, "/sse?words=2&pace=0");
        var stoppedStream = Ask.IdOf(await stopped.ExpectAsync()).StreamId;
        var completedStream = Ask.IdOf((await completed.ReadToEndAsync())[0]).StreamId;

        for (var i = 0; i < 3; i++)
        {
            await DeleteAsync(server, stoppedStream.ToString());
            await DeleteAsync(server, completedStream.ToString());
        }

        Assert.That((await stopped.ReadToEndAsync()).Count(Ask.IsTerminal), Is.EqualTo(1));
        Assert.That((await server.StateAsync(stoppedStream)).LastEventId.Sequence, Is.EqualTo(2));
        Assert.That((await server.StateAsync(completedStream)).LastEventId.Sequence, Is.EqualTo(4));
        Assert.That((await server.StateAsync(completedStream)).Status, Is.EqualTo(StreamStatus.Completed));
    }

    [Test]
    public async Task Delete_ByManyClientsAtOnce_IsOneStop()
    {
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var stream = Ask.IdOf(await viewer.ExpectAsync()).StreamId.ToString();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => DeleteAsync(server, stream)));

        AssertStopped(await viewer.ReadToEndAsync(), "requested", segments: 0);
    }

    [Test]
    public async Task Delete_BeforeTheFirstViewer_IsVisibleToALaterOne()
    {
        var source = new ScriptedGenerator();
        await using var server = RunningServer.Start(source);
        using var response = await server.Client.SendAsync(Ask.Post("/streams", """{"source":"scripted"}"""));
        var stream = Ask.StartedBy(response).ToString();

        await DeleteAsync(server, stream);

        await using var viewer = await SseViewer.OpenAsync(server, $"/streams/{stream}/events");
        AssertStopped(await viewer.ReadToEndAsync(), "requested", segments: 0);
    }

    /// <summary>Stops a stream. The state is no longer running as soon as the response has arrived.</summary>
    private static async Task DeleteAsync(RunningServer server, string stream)
    {
        using var response = await server.Client.DeleteAsync(new Uri($"/streams/{stream}", UriKind.Relative)).WaitAsync(Eventually.Limit);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        using var state = await server.Client.GetAsync(new Uri($"/streams/{stream}", UriKind.Relative));
        Assert.That(await state.Content.ReadAsStringAsync(), Does.Not.Contain("running"));
    }

    private static void AssertStopped(List<SseItem<string>> items, string reason, int segments)
    {
        Assert.That(items.Count(Ask.IsTerminal), Is.EqualTo(1));
        Assert.That(items[^2].EventType, Is.EqualTo("stopped"));
        Assert.That(Ask.IsSentinel(items[^1]), Is.True);
        var stopped = JsonDocument.Parse(items[^2].Data).RootElement;
        Assert.That(stopped.GetProperty("reason").GetString(), Is.EqualTo(reason));
        Assert.That(stopped.GetProperty("segments").GetInt32(), Is.EqualTo(segments));
    }
}
