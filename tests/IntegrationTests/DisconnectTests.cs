using System.Globalization;
using Serilog.Events;
using SseStreaming.Application.Generations;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>A disconnect is not an error: one log line at Information, for each way to close the connection.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DisconnectTests
{
    private const int Clients = 20;

    public enum Disconnection
    {
        Fin,
        Rst,
        HalfClose,
    }

    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Viewer_ThatDisconnectsWhileNothingIsSent_IsOneLineWithItsStreamAndItsLastSequence([Values] Disconnection disconnection)
    {
        await using var server = RunningServer.Start(_source);
        using var viewer = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=scripted");
        var script = await _source.NextAsync();
        script.Write("one", " two");
        await viewer.ReadUntilAsync("two\n\n");
        var stream = viewer.Body.Split("id: ")[1][..22];

        Disconnect(viewer, disconnection);
        await Eventually.Happens(() => server.Log.Disconnects.Any(), "the disconnect is logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Select(line => line.Text),
            Is.EqualTo(new[] { $"Client closed connection: stream \"{stream}\", last sequence 3" }));
        AssertNoOtherLines(server);
    }

    [Test]
    public async Task Viewers_ThatDisconnectWhileTextIsSent_AreOneLineEach([Values] Disconnection disconnection)
    {
        await using var server = RunningServer.Start(new CallbackGenerator("endless", Endless));
        using var first = await RawConnection.ViewAsync(server.EndPoint, "/sse?source=endless&onDisconnect=continue");
        await first.ReadUntilAsync("\n\n");
        var stream = first.Body.Split("id: ")[1][..22];

        for (var i = 1; i < Clients; i++)
        {
            using var viewer = await RawConnection.ViewAsync(server.EndPoint, $"/streams/{stream}/events");
            await viewer.ReadUntilAsync("data: word");
            Disconnect(viewer, disconnection);
        }
        Disconnect(first, disconnection);
        await Eventually.Happens(() => server.Log.Disconnects.Count() >= Clients, "all disconnects are logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Count(), Is.EqualTo(Clients));
        Assert.That(server.Log.Disconnects, Has.All.Matches<LogLine>(line => line!.Text.Contains(stream, StringComparison.Ordinal)));
        AssertNoOtherLines(server);
    }

    [TestCase(Disconnection.Fin)]
    [TestCase(Disconnection.Rst)]
    public async Task Clients_ThatDisconnectInTheMiddleOfTheirBody_AreOneLineEach(Disconnection disconnection)
    {
        await using var server = RunningServer.Start();

        for (var i = 0; i < Clients; i++)
        {
            using var client = await RawConnection.OpenAsync(server.EndPoint);
            await client.SendAsync("POST /sse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
            await client.ReadHeadAsync();
            await client.SendAsync("{\"words\":");
            Disconnect(client, disconnection);
        }
        await Eventually.Happens(() => server.Log.Disconnects.Concat(server.Log.Requests).Count() >= Clients, "all disconnects are logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Concat(server.Log.Requests).Count(), Is.EqualTo(Clients));
        AssertNoWarnings(server);
    }

    [TestCase(Disconnection.Fin)]
    [TestCase(Disconnection.Rst)]
    public async Task Clients_ThatDisconnectInTheMiddleOfAText_AreOneLineEach(Disconnection disconnection)
    {
        await using var server = RunningServer.Start(_source);
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        var script = await _source.NextAsync();
        script.Write(Enumerable.Repeat(new string('x', 100_000), 100));
        script.Complete();
        await viewer.ReadToEndAsync();
        await Eventually.Happens(() => server.Log.Requests.Any(), "the request of the viewer is logged");

        for (var i = 0; i < Clients; i++)
        {
            using var client = await RawConnection.OpenAsync(server.EndPoint, receiveBuffer: 8 * 1024);
            await client.GetAsync($"/streams/{streamId}/text");
            await client.ReadHeadAsync();
            Disconnect(client, disconnection);
        }
        await Eventually.Happens(() => server.Log.Disconnects.Count() >= Clients, "all disconnects are logged");
        await server.StopAsync();

        Assert.That(server.Log.Disconnects.Count(), Is.EqualTo(Clients));
        Assert.That(server.Log.Disconnects, Has.All.Matches<LogLine>(line => line!.Text.Contains(streamId.ToString(), StringComparison.Ordinal)));
        Assert.That(server.Log.Requests.Count(), Is.EqualTo(1), "the request of the viewer");
        AssertNoWarnings(server);
    }

    [Test]
    public async Task Viewer_ThatReadsToTheEnd_IsOneLine_ThatOfItsRequest()
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
        AssertNoWarnings(server);
    }

    private static void Disconnect(RawConnection connection, Disconnection disconnection)
    {
        switch (disconnection)
        {
            case Disconnection.Fin:
                connection.Close();
                break;
            case Disconnection.Rst:
                connection.Reset();
                break;
            case Disconnection.HalfClose:
                connection.HalfClose();
                break;
        }
    }

    private static void AssertNoOtherLines(RunningServer server)
    {
        Assert.That(server.Log.Requests, Is.Empty, "no second line for the same request");
        Assert.That(server.Log.Disconnects.Select(line => line.Level), Is.All.EqualTo(LogEventLevel.Information));
        AssertNoWarnings(server);
    }

    private static void AssertNoWarnings(RunningServer server)
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
