using System.Globalization;
using Serilog.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A client that leaves is no fault: one line at Information, whichever way it goes.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DisconnectTests
{
    private const int Clients = 20;

    public enum Leaving
    {
        Fin,
        Rst,
        HalfClose,
    }

    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Viewer_ThatLeavesWhileNothingComes_IsOneLineWithItsStreamAndItsLastSequence([Values] Leaving leaving)
    {
        await using var server = RunningServer.Start(_source);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();
        script.Write("one", " two");
        await viewer.ReadUntilAsync("two\n\n");
        var stream = viewer.Body.Split("id: ")[1][..22];

        Leave(viewer, leaving);
        await Eventually.Happens(() => server.Log.Disconnects.Any(), "the leaving is logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Select(line => line.Text),
            Is.EqualTo(new[] { $"Client closed connection: stream \"{stream}\", last sequence 3" }));
        AssertNothingElse(server);
    }

    [Test]
    public async Task Viewers_ThatLeaveWhileTextFlows_AreOneLineEach([Values] Leaving leaving)
    {
        await using var server = RunningServer.Start(new CallbackGenerator("endless", Endless));
        using var first = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=endless&onDisconnect=continue");
        await first.ReadUntilAsync("\n\n");
        var stream = first.Body.Split("id: ")[1][..22];

        for (var i = 1; i < Clients; i++)
        {
            using var viewer = await RawConnection.ViewAsync(server.EndPoint, $"/streams/{stream}/events");
            await viewer.ReadUntilAsync("data: word");
            Leave(viewer, leaving);
        }
        Leave(first, leaving);
        await Eventually.Happens(() => server.Log.Disconnects.Count() >= Clients, "all are logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Count(), Is.EqualTo(Clients));
        Assert.That(server.Log.Disconnects, Has.All.Matches<LogLine>(line => line!.Text.Contains(stream, StringComparison.Ordinal)));
        AssertNothingElse(server);
    }

    [TestCase(Leaving.Fin)]
    [TestCase(Leaving.Rst)]
    public async Task Clients_ThatLeaveInTheMiddleOfTheirBody_AreOneLineEach(Leaving leaving)
    {
        await using var server = RunningServer.Start();

        for (var i = 0; i < Clients; i++)
        {
            using var client = await RawConnection.OpenAsync(server.EndPoint);
            await client.SendAsync("POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
            await client.ReadHeadAsync();
            await client.SendAsync("{\"words\":");
            Leave(client, leaving);
        }
        await Eventually.Happens(() => server.Log.Disconnects.Concat(server.Log.Requests).Count() >= Clients, "all are logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Concat(server.Log.Requests).Count(), Is.EqualTo(Clients));
        AssertNothingWorse(server);
    }

    [TestCase(Leaving.Fin)]
    [TestCase(Leaving.Rst)]
    public async Task Clients_ThatLeaveInTheMiddleOfAText_AreOneLineEach(Leaving leaving)
    {
        await using var server = RunningServer.Start(_source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        var script = await _source.NextAsync();
        script.Write(Enumerable.Repeat(new string('x', 100_000), 100));
        script.Complete();
        await viewer.ReadToEndAsync();
        await Eventually.Happens(() => server.Log.Requests.Any(), "the viewer is done");

        for (var i = 0; i < Clients; i++)
        {
            using var client = await RawConnection.OpenAsync(server.EndPoint, receiveBuffer: 8 * 1024);
            await client.GetAsync($"/streams/{streamId}/text");
            await client.ReadHeadAsync();
            Leave(client, leaving);
        }
        await Eventually.Happens(() => server.Log.Disconnects.Count() >= Clients, "all are logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Count(), Is.EqualTo(Clients));
        Assert.That(server.Log.Disconnects, Has.All.Matches<LogLine>(line => line!.Text.Contains(streamId.ToString(), StringComparison.Ordinal)));
        Assert.That(server.Log.Requests.Count(), Is.EqualTo(1), "that of the viewer");
        AssertNothingWorse(server);
    }

    [Test]
    public async Task Viewer_ThatReadToTheEnd_IsOneLineToo_ThatOfItsRequest()
    {
        await using var server = RunningServer.Start();
        for (var i = 0; i < Clients; i++)
        {
            using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?words=5&pace=0");
            await viewer.ReadToEndAsync();
            viewer.Close();
        }
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Concat(server.Log.Requests).Count(), Is.EqualTo(Clients));
        AssertNothingWorse(server);
    }

    private static void Leave(RawConnection connection, Leaving leaving)
    {
        switch (leaving)
        {
            case Leaving.Fin:
                connection.Close();
                break;
            case Leaving.Rst:
                connection.Reset();
                break;
            case Leaving.HalfClose:
                connection.HalfClose();
                break;
        }
    }

    private static void AssertNothingElse(RunningServer server)
    {
        Assert.That(server.Log.Requests, Is.Empty, "no second line for the same request");
        Assert.That(server.Log.Disconnects.Select(line => line.Level), Is.All.EqualTo(LogEventLevel.Information));
        AssertNothingWorse(server);
    }

    private static void AssertNothingWorse(RunningServer server)
    {
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Where(line => line.Exception is not null), Is.Empty);
    }

    private static async IAsyncEnumerable<GeneratedText> Endless([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"word{i} ");
            if (i % 100 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }
    }
}
