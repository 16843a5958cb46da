using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SseStreaming.Application.Contracts;
using SseStreaming.Application.Events;
using SseStreaming.Application.Storage;
using SseStreaming.Domain;
using SseStreaming.IntegrationTests.Testing;
using SseStreaming.Testing.Servers;

namespace SseStreaming.IntegrationTests;

/// <summary>The store fails in the middle of a response with the text of a stream.</summary>
internal sealed class TextOutageTests
{
    private readonly ScriptedGenerator _source = new();

    [Test]
    public async Task Text_WhoseStoreFails_IsABrokenResponse_WithoutAStackInTheLog()
    {
        FailingStore? store = null;
        await using var server = RunningServer.Start([], [_source], services =>
        {
            var descriptor = services.Single(service => service.ServiceType == typeof(IEventStreamStore));
            services.Replace(ServiceDescriptor.Singleton<IEventStreamStore>(provider =>
                store = new FailingStore((IEventStreamStore)descriptor.ImplementationFactory!(provider))));
        });
        await using var viewer = await SseViewer.OpenAsync(server, "/sse?source=scripted");
        var streamId = Ask.IdOf(await viewer.ExpectAsync()).StreamId;
        var script = await _source.NextAsync();
        script.Write(Enumerable.Repeat(new string('x', 10_000), 100));
        script.Complete();
        await viewer.ReadToEndAsync();

        store!.FailsAfter = 2;
        using var response = await server.Client.GetAsync(new Uri($"/streams/{streamId}/text", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await using var body = await response.Content.ReadAsStreamAsync();
        var received = new MemoryStream();
        Assert.That(async () => await body.CopyToAsync(received).WaitAsync(Eventually.Limit), Throws.InstanceOf<IOException>());
        Assert.That(received.Length, Is.LessThan(1_000_000));

        await server.StopAsync();
        Assert.That(server.Log.AboveInformation, Is.Empty);
        Assert.That(server.Log.Lines.Where(line => line.Exception is not null), Is.Empty);
    }

    private sealed class FailingStore(IEventStreamStore inner) : DelegatingStore(inner)
    {
        /// <summary>Number of reads that succeed.</summary>
        public int FailsAfter { get; set; } = int.MaxValue;

        public override ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) => FailsAfter-- > 0
            ? base.ReadAsync(streamId, after, cancellationToken)
            : throw new StoreUnavailableException("The store is down.", new IOException());
    }
}
