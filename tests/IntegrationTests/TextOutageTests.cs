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

    private sealed class FailingStore(IEventStreamStore inner) : IEventStreamStore
    {
        /// <summary>Number of reads that succeed.</summary>
        public int FailsAfter { get; set; } = int.MaxValue;

        public ValueTask<CreateResult> CreateAsync(StreamHead head, EventBatch started, byte[]? request, CancellationToken cancellationToken) =>
            inner.CreateAsync(head, started, request, cancellationToken);

        public ValueTask<AppendResult> AppendAsync(EventBatch batch, byte[]? checkpoint, CancellationToken cancellationToken) =>
            inner.AppendAsync(batch, checkpoint, cancellationToken);

        public ValueTask<AppendResult> SaveCheckpointAsync(StreamId streamId, byte[] checkpoint, CancellationToken cancellationToken) =>
            inner.SaveCheckpointAsync(streamId, checkpoint, cancellationToken);

        public ValueTask<EventBatch?> ReadAsync(StreamId streamId, long after, CancellationToken cancellationToken) => FailsAfter-- > 0
            ? inner.ReadAsync(streamId, after, cancellationToken)
            : throw new StoreUnavailableException("The store is down.", new IOException());

        public ValueTask<StreamRecord?> FindAsync(StreamId streamId, CancellationToken cancellationToken) => inner.FindAsync(streamId, cancellationToken);

        public ValueTask<StreamRecord?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
            inner.FindByKeyAsync(idempotencyKey, cancellationToken);

        public ValueTask<StreamRecord?> FindLastAsync(string? owner, string thread, CancellationToken cancellationToken) =>
            inner.FindLastAsync(owner, thread, cancellationToken);

        public ValueTask<IReadOnlyList<StreamRecord>> ListAsync(
            string owner, StreamStatus? status, string? thread, StreamHead? after, int limit, CancellationToken cancellationToken) =>
            inner.ListAsync(owner, status, thread, after, limit, cancellationToken);

        public ValueTask ForgetAsync(StreamId streamId, CancellationToken cancellationToken) => inner.ForgetAsync(streamId, cancellationToken);

        public ValueTask TrimAsync(StreamId streamId, long before, CancellationToken cancellationToken) => inner.TrimAsync(streamId, before, cancellationToken);

        public ValueTask RenewAsync(StreamId streamId, DateTimeOffset expires, CancellationToken cancellationToken) =>
            inner.RenewAsync(streamId, expires, cancellationToken);

        public ValueTask<IReadOnlyList<StreamId>> FindExpiredAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
            inner.FindExpiredAsync(until, cancellationToken);

        public ValueTask<int> DropExpiredAsync(CancellationToken cancellationToken) => inner.DropExpiredAsync(cancellationToken);
    }
}
